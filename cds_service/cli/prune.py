"""recurrence-cds prune, removal of old rows.

Used tokens go by themselves after their expiry.
Tests: tests/cli/test_cli_store.py.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cds_service.cli.store_access import Config, with_store

if TYPE_CHECKING:
    from cds_service.config.settings import Settings
    from cds_service.store.database import Database


def prune(
    older_than: Annotated[int, typer.Option(metavar="DAYS", min=1, help="Drop what is older than so many days.")],
    config: Config = None,
) -> None:
    """Drop decisions, their cards and feedback that are older than this number of days."""
    from cds_service.clock import SystemClock

    async def drop(_settings: "Settings", database: "Database") -> int:
        from cds_service.audit.feedback_item import to_epoch_ms
        from cds_service.store.retention import prune

        return await prune(database, to_epoch_ms(SystemClock().now() - timedelta(days=older_than)))

    count = with_store(config, drop)
    typer.echo(f"{count} decision{'' if count == 1 else 's'} dropped")
