"""The summary of every finding in every state."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cards.model import SUMMARY_LENGTH
from cards.summary import summary
from cards.words import Language, english, words_in
from rules.assess import Assessment, SiteAssessment, SiteOutcome
from rules.gate.state import State
from rules.levels import GradedTrigger
from rules.outcome import Finding, Level, Measure, Severity, Trigger
from rules.sites import Site
from tests.evaluating import CASES, assessed, made

STATES = [state for state in State if state not in (State.NONE, State.SUPPRESSED)]
DAY = date(2026, 6, 1)
PLANS = (None, *english().tables["plan"])
SAME_DAY, CHEST, SPINE = "Same-day assessment", "consider chest work-up", "consider spine work-up"
PROGRESSION = "possible progression of known metastatic disease"
SAID = {
    Language.ENGLISH: ("Same-day assessment: ", " after breast cancer ", " after in situ carcinoma "),
    Language.GERMAN: ("Heute abklären: ", " nach Brustkrebs ", " nach In-situ-Karzinom "),
}
NEW = Finding("headache", (), DAY, DAY)
MANNERS: dict[str, dict[str, Any]] = {
    "new": {},
    "severe": {"severity": Severity.SEVERE},
    "persistent": {"persistent": True},
    "undated": {"newest": None, "started": None},
    "measured": {"measure": Measure("weight", Decimal(60), "kg", since=DAY, percent=Decimal(12))},
}


def card(
    trigger: Trigger, site: Site = Site.BRAIN, level: Level | None = None, *, stale: bool = False
) -> SiteAssessment:
    """A site with a card for one trigger."""
    own = level or trigger.level
    graded = (GradedTrigger(trigger, own, stale=stale),)
    return SiteAssessment(site, SiteOutcome.CARD, own, graded, orders=("cxr",), active_triggers=graded)


def treated(state: State = State.TREATED) -> Assessment:
    """A patient in a state."""
    return replace(assessed("V001"), state=state)


@pytest.mark.sweep
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize(
    "manner", ["persistent", *(pytest.param(each, marks=pytest.mark.slow) for each in MANNERS if each != "persistent")]
)
def test_every_summary_fits_and_can_be_read_alone(language: Language, state: State, level: Level, manner: str) -> None:
    """Over every finding, each site and each plan: alone with the year, and beside the longest other without it."""
    known = treated(state)
    unknown = replace(known, history=replace(known.history, index_date=None))
    words = words_in(language)
    names = words.tables["finding"]
    beside = replace(NEW, concept=max(names, key=lambda concept: len(names[concept])))
    for concept in names:
        finding = replace(NEW, concept=concept, **MANNERS[manner])
        trigger = Trigger("X-1", level, finding)
        places = [(plan, Site.BRAIN) for plan in PLANS] + [(None, site) for site in Site]
        for plan, site in places:
            for others, assessment in (((), known), ((beside,), unknown)):
                text = summary(assessment, card(replace(trigger, plan=plan, others=others), site), words)
                assert len(text) <= SUMMARY_LENGTH
                assert text[0].isupper()
                assert text.startswith(SAID[language][0]) is (level is Level.CRITICAL)
                assert any(after in text for after in SAID[language][1:])
                assert not text.endswith((" ", ";", ":"))


@pytest.mark.parametrize(
    "trigger, text",
    [
        (Trigger("X-1", Level.INFO, NEW), "New headache after"),
        (Trigger("X-1", Level.INFO, replace(NEW, severity=Severity.SEVERE, persistent=True)), "Severe headache after"),
        (Trigger("X-1", Level.INFO, replace(NEW, persistent=True)), "Persistent headache after"),
        (Trigger("X-1", Level.INFO, replace(NEW, pre_existing=True)), "Headache after"),
        (Trigger("X-1", Level.INFO, replace(NEW, newest=None)), "Headache after"),
        (
            Trigger("X-1", Level.WARNING, NEW, others=(replace(NEW, concept="vomiting"),)),
            "New headache with vomiting after",
        ),
        (
            Trigger(
                "X-1", Level.WARNING, replace(NEW, concept="weight_loss"), others=(replace(NEW, concept="weight_loss"),)
            ),
            "New weight loss after",
        ),
        (
            Trigger(
                "X-1", Level.INFO, replace(NEW, measure=Measure("lab_alt", Decimal(130), "U/L"), concept="lab_alt")
            ),
            "Raised ALT after",
        ),
    ],
)
def test_the_finding_is_named_as_it_is(trigger: Trigger, text: str) -> None:
    """Severe before persistent before new; "new" only where nothing says otherwise."""
    assert summary(treated(), card(trigger), english()).startswith(text)


def test_what_was_not_recorded_within_a_month_is_not_called_new() -> None:
    """A stale emergency."""
    trigger = Trigger("X-1", Level.CRITICAL, NEW)

    assert summary(treated(), card(trigger, level=Level.WARNING, stale=True), english()).startswith("Headache after")


@pytest.mark.parametrize("kilograms, text", [("65.2", "Weight loss after"), ("65.0", "Marked weight loss after")])
def test_a_loss_of_ten_percent_is_marked(kilograms: str, text: str) -> None:
    """Of 72.4 kg, 7.2 kg are just less than ten percent."""
    case = made(
        "lnc:29463-7@2025-12-10{val=72.4;unit=kg}",
        f"lnc:29463-7@2026-06-10{{val={kilograms};unit=kg}}",
        as_of=CASES["V001"].as_of,
    )
    assessment = assessed(case)

    assert summary(assessment, assessment.cards[0], english()).startswith(text)


@pytest.mark.parametrize(
    "case, text",
    [
        ("V001", "New lump in the left breast after breast cancer 2019: consider breast imaging work-up"),
        ("V002", "New breast lump after breast cancer (year not recorded): consider breast imaging work-up"),
        ("G109", "New lump in the left breast after in situ carcinoma 2021: consider breast imaging work-up"),
        ("V018", "Persistent headache after breast cancer 2019: consider brain work-up"),
        ("V045", "New neck or back pain after breast cancer 2019: consider bone work-up"),
        ("V043", "New thoracic spine pain after breast cancer 2019: consider spine work-up"),
        ("V048", "Low blood counts after breast cancer 2019: consider blood count work-up"),
        (
            "V050",
            f"New bone pain after breast cancer 2020: {PROGRESSION}; consider bone work-up",
        ),
        ("V078", "New lump in the left breast after breast cancer 2019: work-up already ordered or done on 2026-05-22"),
        (
            "V041",
            f"{SAME_DAY}: new shortness of breath with low oxygen saturation after breast cancer 2019: {CHEST}",
        ),
        (
            "V105",
            f"{SAME_DAY}: severe headache after breast cancer 2023: {PROGRESSION}",
        ),
        (
            "V051",
            "New shortness of breath after breast cancer 2026: during active treatment, may be a treatment effect",
        ),
        (
            "V053",
            f"New thoracic spine pain after breast cancer 2026: before first treatment, staging question; {SPINE}",
        ),
    ],
)
def test_the_summary_says_what_is_found_after_what_and_what_to_consider(case: str, text: str) -> None:
    """As docs/cards.md shows it; the first that fits of a fuller and a shorter form."""
    assessment = assessed(case)

    assert summary(assessment, assessment.cards[0], english()) == text
