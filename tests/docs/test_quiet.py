"""The page about overridden cards says what the file says, and every case that is tested."""

import tomllib
from pathlib import Path

import pytest

from cards.quiet_policy import default_policy
from cds_service.profiles.profile import profile_names, profile_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "quiet.md").read_text(encoding="utf-8")
CASES = tomllib.loads((ROOT / "cards" / "quiet_cases.toml").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("name", default_policy().terms)
def test_every_reason_has_its_line(name: str) -> None:
    """Days, what a site may set, days of a critical card, and why."""
    term = default_policy().terms[name]
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))

    assert line.endswith(f"| {term.days} | 0 to {term.most_days} | {term.critical_days} | {term.why} |")


def test_every_case_has_its_line_and_no_two_are_called_the_same() -> None:
    """More than twenty of them."""
    named = [case["says"] for case in CASES]

    assert len(set(named)) == len(named) >= 20
    assert all(f"| {name} | " in PAGE for name in named)


@pytest.mark.parametrize("name", sorted(profile_names()))
def test_the_page_of_an_ehr_says_who_remembers_and_that_it_sees_nothing_new(name: str) -> None:
    """An analyst reads that page alone."""
    text = (ROOT / "docs" / "integrate" / f"{name}.md").read_text(encoding="utf-8")
    remembers = profile_of(name).file.remembers_overrides

    assert ("does not come back when the patient gets worse" in text) is remembers
    assert ("shows it at once when there is new evidence" in text) is not remembers
