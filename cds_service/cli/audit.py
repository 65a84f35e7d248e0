"""recurrence-cds audit, decisions as FHIR R4 AuditEvents.

Patients and users appear as keyed hashes only.
Tests: tests/cli/test_cli_store.py.
"""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cds_service.cli.store_access import Config, with_store

if TYPE_CHECKING:
    from cds_service.config.settings import Settings
    from cds_service.store.database import Database

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


class Form(StrEnum):
    """How events are written."""

    NDJSON = "ndjson"


def audit(
    since: Annotated[datetime, typer.Option(formats=FORMATS, help="From this moment on, in UTC.")],
    until: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="Until before this moment, in UTC. Default: now.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="One JSON object a line.")] = Form.NDJSON,  # noqa: ARG001 - it names the one there is
    config: Config = None,
) -> None:
    """Export the decisions of a period as FHIR R4 AuditEvents, one JSON object a line (ndjson)."""
    from cds_service.clock import SystemClock

    end = until.replace(tzinfo=UTC) if until else SystemClock().now()

    async def write(_settings: "Settings", database: "Database") -> int:
        import msgspec

        from cds_service.audit.feedback_item import to_epoch_ms
        from cds_service.fhir.writing.audit_event import audit_event
        from cds_service.store.decision_rows import DecisionRows

        count = 0
        begin = to_epoch_ms(since.replace(tzinfo=UTC))
        async for decision in DecisionRows(database).between(begin, to_epoch_ms(end)):
            sys.stdout.write(msgspec.json.encode(audit_event(decision)).decode() + "\n")
            count += 1
        return count

    count = with_store(config, write)
    typer.echo(f"{count} decision{'' if count == 1 else 's'}", err=True)
