"""recurrence-cds replay, a repeated call with its differences.

Only the requested differences may show anything of the patient.
Tests: tests/replay/test_replay.py.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec import Raw

from cds_service.audit.decision import Decision
from cds_service.cli.replay_view import as_json, as_text
from cds_service.cli.store_access import USAGE_ERROR, Config, with_store
from cds_service.clock import SystemClock
from cds_service.config.settings import Settings
from cds_service.fhir.chart.sources import BY_KEY
from cds_service.replay.recorded_context import CannotReplay
from cds_service.replay.run import Archived, Replay, Result
from cds_service.replay.run import replay as replayed
from cds_service.store.audit_storage import SqlAuditStorage
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows

DIFFERENT = 1


def replay(
    request: Annotated[Path, typer.Argument(help="The body of the call, byte for byte as it was sent.")],
    decision: Annotated[str, typer.Option(help="The id of the decision, as in `audit`.")],
    answer: Annotated[Path | None, typer.Option(help="The body of the answer: its words are compared then.")] = None,
    fetched: Annotated[
        Path | None,
        typer.Option(help="What the FHIR server answered: an object of prefetch keys, each with a Bundle or resource."),
    ] = None,
    *,
    against: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Compare with the ruleset in force on this day. Default: today."),
    ] = None,
    config: Config = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Replay an archived call with the present code as of its day, and compare the answers.

    Exit code 0: same answer; 1: another answer; 2: undecided. Printed differences hold card text about a patient: keep
    the output like the record. Nothing is written, and no FHIR server is asked.
    """

    async def work(settings: Settings, database: Database) -> tuple[Decision, Replay]:
        row = await DecisionRows(database).get(decision)
        if row is None:
            raise CannotReplay("No decision of this id is kept. Has it been erased or pruned?")
        archived = Archived(_read(request), _read(answer) if answer else None, _fetched(fetched))
        return row, await replayed(archived, row, settings, SqlAuditStorage(database))

    try:
        row, found = with_store(config, work, failed=USAGE_ERROR)
    except CannotReplay as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(USAGE_ERROR) from error
    typer.echo((as_json if json else as_text)(row, found, _day(against)))
    if found.result is Result.DIFFERS:
        raise typer.Exit(DIFFERENT)


def _day(against: datetime | None) -> date:
    return against.date() if against else SystemClock().today()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotReplay(f"{path} can't be read: {error.strerror}.") from error


def _fetched(path: Path | None) -> dict[str, Raw]:
    """Return the recorded answers of a FHIR server by prefetch key."""
    if path is None:
        return {}
    try:
        found = msgspec.json.decode(_read(path), type=dict[str, Raw])
    except msgspec.DecodeError as error:
        raise CannotReplay(f"{path} is no JSON object of prefetch keys.") from error
    if unknown := found.keys() - BY_KEY.keys():
        raise CannotReplay(f"{path}: {len(unknown)} keys are none of prefetch: {', '.join(BY_KEY)}.")
    return found
