"""recurrence-cds report, card outcomes of a period.

Tests: tests/insights/test_command.py.
"""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cds_service.cli.store_access import Config, with_store

if TYPE_CHECKING:
    from cds_service.config.settings import Settings
    from cds_service.insights.report import Report
    from cds_service.store.database import Database

FAILED = 1
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
LONGEST_S = 3600.0
"""Longest time of the database, in seconds.

No call waits for it.
"""
UNBROKEN = 220
"""Width of a report in a file."""


class Form(StrEnum):
    """How a report is written."""

    TERMINAL = "terminal"
    CSV = "csv"
    HTML = "html"


def report(
    since: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="From this moment on, in UTC. Default: the first call.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="Until before this moment, in UTC. Default: now.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="Of one client: its id in the registry.")] = None,
    *,
    form: Annotated[Form, typer.Option("--format", help="How it is written.")] = Form.TERMINAL,
    output: Annotated[Path | None, typer.Option(help="The file to write; else it is printed.")] = None,
    config: Config = None,
) -> None:
    """Count calls and cards, and how often cards are shown, accepted, overridden and ignored."""
    from cds_service.audit.feedback_item import to_epoch_ms
    from cds_service.clock import SystemClock
    from cds_service.insights.queries import Span
    from cds_service.insights.report import report_of

    now = SystemClock().now()
    end = min(now, until.replace(tzinfo=UTC)) if until else now
    span = Span(to_epoch_ms(since.replace(tzinfo=UTC)) if since else 0, to_epoch_ms(end), client)

    async def read(settings: "Settings", _quick: "Database") -> "Report":
        from cds_service.store.database import Database
        from cds_service.store.insights_rows import InsightsRows

        database = Database(settings.database_url(), longest_s=LONGEST_S)
        try:
            return await report_of(InsightsRows(database), span, to_epoch_ms(now))
        finally:
            await database.close()

    found = with_store(config, read)
    try:
        _write(found, form, output)
    except OSError as error:
        typer.secho(f"{output} can't be written: {error.strerror}", fg="red", err=True)
        raise typer.Exit(FAILED) from error


def _write(found: "Report", form: Form, output: Path | None) -> None:
    if output is None:
        _print(found, form, Console() if sys.stdout.isatty() else Console(width=UNBROKEN))
        return
    with output.open("w", encoding="utf-8") as file:
        _print(found, form, Console(file=file, width=UNBROKEN))


def _print(found: "Report", form: Form, console: Console) -> None:
    match form:
        case Form.TERMINAL:
            from cds_service.insights.terminal import terminal_view

            console.print(*terminal_view(found), sep="\n")
        case Form.CSV:
            from cds_service.insights.csv_text import csv_text

            console.file.write(csv_text(found))
        case Form.HTML:
            from cds_service.insights.page import file_html

            console.file.write(file_html(found).decode())
