"""`recurrence-cds report`: figures of the store of the settings, in three forms."""

import asyncio
import csv
import io
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cds_service.cli.main import app
from cds_service.config.settings import PREFIX
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from cds_service.store.feedback_rows import FeedbackRows
from tests.store.rows import a_card, a_decision, a_reply, uuid_of


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    monkeypatch.setattr(os, "environ", {**kept, f"{PREFIX}DATABASE": f"sqlite:///{tmp_path}/store.sqlite3"})
    asyncio.run(_fill(tmp_path))


async def _fill(folder: Path) -> None:
    """Thirty views with a card of one client, all overridden (2026-02-02), and two of another."""
    database = Database(f"sqlite:///{folder}/store.sqlite3")
    await database.prepare()
    norths = [a_decision(n, a_card(uuid_of(500 + n)), hook_instance=uuid_of(n)) for n in range(30)]
    souths = [a_decision(n, client="south", hook_instance=uuid_of(n)) for n in (40, 41)]
    await DecisionRows(database).write([*norths, *souths])
    await FeedbackRows(database).add([a_reply(uuid_of(500 + n)) for n in range(30)])
    await database.close()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["report", *arguments])


def _csv(*arguments: str) -> dict[tuple[str, str, str], str]:
    shown = _run("--format", "csv", *arguments)
    assert shown.exit_code == 0, shown.output
    return {
        (line["table"], line["row"], line["figure"]): line["value"]
        for line in csv.DictReader(io.StringIO(shown.stdout))
    }


def test_the_terminal_shows_every_table_and_the_questions() -> None:
    """With shares, and what nearly always is overridden."""
    shown = _run()

    assert shown.exit_code == 0
    assert "By client" in shown.stdout
    assert "30 (100 %, 89 to 100)" in shown.stdout
    assert "? BRAIN-1 1.0.0: at least 80 % of the replies override it" in shown.stdout.replace("\n", " ")


def test_csv_has_one_figure_a_line() -> None:
    """Of all clients, or of one."""
    assert _csv()["overview", "All", "views"] == "32"
    assert _csv("--client", "south")["overview", "All", "views"] == "2"
    assert _csv("--client", "nobody")["overview", "All", "calls"] == "0"


def test_a_span_of_time_is_counted_alone() -> None:
    """The first moment belongs to it, the last does not; a future end is now."""
    assert _csv("--since", "2026-02-02", "--until", "2026-02-03")["overview", "All", "views"] == "32"
    assert _csv("--since", "2026-02-03")["overview", "All", "views"] == "0"
    assert _csv("--until", "2026-02-02")["overview", "All", "views"] == "0"
    assert _csv("--until", "2999-01-01")["overview", "All", "views"] == "32"


@pytest.mark.parametrize(
    "form, start", [("terminal", "From the first"), ("csv", "table,row"), ("html", "<!doctype html>")]
)
def test_a_report_can_be_written_to_a_file(tmp_path: Path, form: str, start: str) -> None:
    """Nothing is printed then."""
    shown = _run("--format", form, "--output", str(tmp_path / "report"))

    assert (shown.exit_code, shown.output) == (0, "")
    assert (tmp_path / "report").read_text(encoding="utf-8").startswith(start)


def test_a_file_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """And the command fails."""
    shown = _run("--output", str(tmp_path / "nowhere" / "report"))

    assert shown.exit_code == 1
    assert "can't be written: No such file or directory" in shown.stderr


def test_without_a_store_there_is_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command says what to set."""
    monkeypatch.delenv(f"{PREFIX}DATABASE")

    shown = _run()
    assert shown.exit_code == 2
    assert "nothing is kept" in shown.stderr
