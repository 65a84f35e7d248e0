"""recurrence-cds check-rules, and a service whose knowledge files have a mistake."""

from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from cards.check import Mistake
from cards.check import check as module
from cards.check.source import Knowledge
from cds_service import app as service
from cds_service.app import create_app
from cds_service.cli import check_rules, serve
from cds_service.cli.main import app
from cds_service.config.settings import Settings
from rules.codes import KnowledgeError
from rules.registry import RULESET
from tests.cards.test_check import BRAIN, SHEET, _append, _change, _path, knowledge

__all__ = ["knowledge"]
MISTAKE = Mistake(BRAIN, 7, "headache has no words in de", "Add it to [finding] of cards/words/de.toml")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge) -> Knowledge:
    """The copy in place of this installation."""
    monkeypatch.setattr(module, "installed", lambda: knowledge)
    return knowledge


def test_knowledge_without_mistakes_is_ok() -> None:
    """The version of the ruleset is named."""
    found = CliRunner().invoke(app, ["check-rules"])

    assert (found.exit_code, found.stdout) == (0, f"ok: ruleset {RULESET}\n")


def test_every_mistake_is_printed_and_the_exit_code_is_1(installed: Knowledge) -> None:
    """A line each, and their number; a code of an unknown system has no display either."""
    _append(installed, BRAIN, "headache,symptom,brain,icd-9,784.0,Headache,y,,\n")
    _change(installed, SHEET, r'"alt_bppv"', '"alt_vertigo"')

    found = CliRunner().invoke(app, ["check-rules"])

    assert found.exit_code == 1
    assert "the system 'icd-9' is unknown. Use one of" in found.stderr
    assert "BRAIN-6 names the unknown concept alt_vertigo" in found.stderr
    assert found.stderr.endswith("3 mistakes.\n")


def test_changed_logic_is_recorded_with_a_new_version_only(installed: Knowledge) -> None:
    """Unless it is said that the meaning is the same."""
    _change(installed, "rules/brain/rule.py", r"\Z", "EXTRA = 1\n")

    plain = CliRunner().invoke(app, ["check-rules", "--record"])
    meant = CliRunner().invoke(app, ["check-rules", "--record", "--same-meaning"])
    again = CliRunner().invoke(app, ["check-rules"])

    assert [plain.exit_code, meant.exit_code, again.exit_code] == [1, 0, 0]
    assert plain.stderr.endswith("1 mistake.\n")


def test_versions_are_recorded_where_no_record_was(installed: Knowledge) -> None:
    """A new file is written."""
    _path(installed, "rules/versions.toml").unlink()

    assert CliRunner().invoke(app, ["check-rules", "--record"]).exit_code == 0
    assert _path(installed, "rules/versions.toml").exists()


def test_rules_that_python_and_sheets_see_differently_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry refuses them when it is loaded."""

    def refuse(_name: str, *_: object) -> object:
        raise KnowledgeError("rules/brain/rule.toml describes BRAIN-9 1.0.0, which nothing judges")

    monkeypatch.setattr(check_rules, "load_ruleset", lambda: refuse(""))

    found = CliRunner().invoke(app, ["check-rules"])
    assert found.exit_code == 1
    assert "describes BRAIN-9" in found.stderr


@pytest.mark.anyio
async def test_a_service_with_a_mistake_does_not_become_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops at start, and the log names file and line."""
    monkeypatch.setattr(service, "_mistakes", lambda: (MISTAKE,))
    found = create_app(Settings())
    with capture_logs() as lines, pytest.raises(KnowledgeError, match="headache has no words in de"):
        async with found.router.lifespan_context(found):
            pass
    async with httpx.AsyncClient(transport=httpx.ASGITransport(found), base_url="http://service") as client:
        ready = await client.get("/health/ready")

    assert ready.status_code == 503
    assert {"event": "knowledge", "reason": "mistake", "where": "rules.brain.codes.csv:7"}.items() <= lines[0].items()


def test_serve_prints_every_mistake_and_stops(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before a worker is started."""
    monkeypatch.setattr(serve, "check_knowledge", lambda: (MISTAKE,))

    found = CliRunner().invoke(app, ["serve"], env={"HOME": str(tmp_path)})

    assert found.exit_code == 2
    assert "headache has no words in de. Add it to [finding]" in found.stderr
