"""Access of commands to the store, with its failures in words.

No id of a patient and no password may be printed.
Tests: tests/cli/test_cli_store.py.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from cds_service.config.settings import Settings
    from cds_service.store.database import Database

FAILED = 1
USAGE_ERROR = 2
Config = Annotated[Path | None, typer.Option(help="TOML file with settings; RECURRENCE_CDS_* wins over it.")]
Result = TypeVar("Result")


def with_store(
    config: Path | None, work: "Callable[[Settings, Database], Awaitable[Result]]", failed: int = FAILED
) -> Result:
    """Return the result of the work on the store.

    Exits with a sentence on failure; `failed` is the exit code of a failing store.
    """
    from cds_service.config.settings import CONFIG_VARIABLE, load_settings
    from cds_service.errors import SettingsError, StoreUnavailable

    config = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    try:
        settings = load_settings(config)
        return asyncio.run(_on(settings, work))
    except SettingsError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(USAGE_ERROR) from error
    except StoreUnavailable as error:
        typer.secho("The store can't be used. Does the service run with the same settings?", fg="red", err=True)
        raise typer.Exit(failed) from error


async def _on(settings: "Settings", work: "Callable[[Settings, Database], Awaitable[Result]]") -> Result:
    from cds_service.errors import SettingsError
    from cds_service.store.store import database_of

    if not settings.keeps:
        raise SettingsError("database: nothing is kept: set database, or clients")
    database = database_of(settings)
    try:
        return await work(settings, database)
    finally:
        await database.close()
