"""The summary of every finding in every state."""

from dataclasses import replace
from datetime import date

import pytest

from cards.model import SUMMARY_LENGTH
from cards.summary import summary
from cards.words import words
from rules.assess import SiteAssessment, SiteOutcome
from rules.gate.state import State
from rules.levels import Judged
from rules.outcome import Finding, Level, Severity, Site, Trigger
from tests.evaluating import assessed

STATES = [state for state in State if state not in (State.NONE, State.SUPPRESSED)]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("level", list(Level))
def test_every_summary_fits_and_can_be_read_alone(state: State, level: Level) -> None:
    """Over every finding, manner and site."""
    assessment = replace(assessed("V001"), state=state)
    for concept in words()["finding"]:
        for site in Site:
            finding = Finding(concept, (), date(2026, 6, 1), date(2026, 6, 1), Severity.SEVERE)
            for found in (finding, replace(finding, severity=Severity.UNSTATED, persistent=True)):
                judged = Judged(Trigger("X-1", level, found), level)
                card = SiteAssessment(site, SiteOutcome.CARD, level, (judged,), orders=("cxr",))
                text = summary(assessment, card)
                assert len(text) <= SUMMARY_LENGTH
                assert words()["finding"][concept].lower() in text.lower()
                assert text.startswith("Same-day assessment: ") is (level is Level.CRITICAL)


@pytest.mark.parametrize(
    "case, text",
    [
        ("V001", "New breast lump after breast cancer 2019: consider breast imaging work-up"),
        ("V002", "New breast lump after breast cancer (year not recorded): consider breast imaging work-up"),
        ("V018", "Persistent headache after breast cancer 2019: consider brain work-up"),
        ("V050", "New bone pain after breast cancer 2020: possible progression of known metastatic disease"),
        ("V078", "New breast lump after breast cancer 2019: work-up already ordered or done on 2026-05-22"),
    ],
)
def test_the_summary_says_what_is_found_after_what_and_what_to_consider(case: str, text: str) -> None:
    """As rules.md section 9 words it."""
    assessment = assessed(case)

    assert summary(assessment, assessment.cards[0]).startswith(text)
