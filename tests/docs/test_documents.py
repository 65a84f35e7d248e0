"""What the documents promise is what the code has: settings, errors, rules, commands."""

import re
from pathlib import Path

import pytest

from cds_service import errors
from cds_service.cli.main import COMMANDS
from cds_service.config.settings import Settings
from cds_service.fhir.chart.sources import SOURCES
from rules.registry import RULES

ROOT = Path(__file__).parents[2]


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", Settings.model_fields)
def test_every_setting_is_documented(setting: str) -> None:
    """In the operators' table, by the name of its variable."""
    assert f"| `{setting.upper()}` |" in _text("docs/operate.md")


def _errors(kind: type[errors.CdsError] = errors.CdsError) -> list[type[errors.CdsError]]:
    return [found for below in kind.__subclasses__() for found in (below, *_errors(below))]


@pytest.mark.parametrize("error", _errors(), ids=lambda error: error.__name__)
def test_every_error_code_is_documented(error: type[errors.CdsError]) -> None:
    """An integrator looks it up."""
    internal = {"client-gone", "precondition-failed"}

    assert error.code in internal or f"`{error.code}`" in _text("docs/integrate.md")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_every_prefetch_key_is_documented(source: object) -> None:
    """An analyst types them in."""
    assert f"`{source.key}`" in _text("docs/integrate.md")  # type: ignore[attr-defined]


def test_every_family_of_rules_stands_in_the_readme() -> None:
    """From the first to the last of its ids."""
    for family in {rule.id.partition("-")[0] for rule in RULES}:
        last = max(int(rule.id.partition("-")[2]) for rule in RULES if rule.id.startswith(f"{family}-"))
        assert f"| {family}-1 to {family}-{last} |" in _text("README.md")


def test_the_readme_says_who_has_not_signed_off_and_how_to_start() -> None:
    """The two set-up commands, and the commands of the program."""
    readme = _text("README.md")

    assert "No practising clinician has signed it off" in readme
    assert re.search(r"^make demo .*\nmake test ", readme, re.MULTILINE)
    assert "recurrence-cds evaluate" in readme
    assert set(COMMANDS) <= set(re.findall(r"[\w-]+", _text("CHANGELOG.md")))


def test_every_link_of_a_document_leads_somewhere() -> None:
    """Files of the repository only."""
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
