"""The lines around a finding: why it matters, what speaks against it, what was not checked, the guideline."""

import re
from dataclasses import replace

import pytest

from cards.context import Seen
from cards.recurrence import cards
from rules.facts import Gap
from rules.registry import RULES
from rules.sheet import sheet
from tests.evaluating import CASES, assessed, cards_of, made

TODAY = CASES["V001"].as_of
HEADACHE = "sct:25064002"
BREATHLESS = "icd:R06.02@2026-06-10"
LUMP = "sct:89164003@2026-06-01"


@pytest.mark.parametrize(
    "tokens, sentence",
    [
        ((LUMP,), "**Why:** After breast cancer 2019, a change of the breast or chest wall can be a local recurrence."),
        ((LUMP,), "**Other explanation:** none on record."),
        ((BREATHLESS, "icd:J44.9@2012-01-01"), "**Other explanation:** COPD (one step less urgent)."),
        (
            (BREATHLESS, "icd:J44.9@2012-01-01", "icd:R04.2@2026-06-10"),
            "**Other explanation:** COPD (one step less urgent for part of the findings).",
        ),
        (
            (BREATHLESS, "icd:J44.9@2012-01-01", "lnc:59408-5@2026-06-12{val=80;unit=%}"),
            "**Other explanation:** COPD (urgency not lowered).",
        ),
        (
            ("icd:R51.9@2026-06-10", f"{HEADACHE}@2026-06-12{{res=Observation;val=false}}", "icd:H53.2@2026-06-10"),
            "A later entry of 2026-06-12 says headache is absent.",
        ),
        ((LUMP, "icd:Z51.5@2026-05-01"), "ask whether a work-up fits the goals of care"),
        ((LUMP, "sct:700146008@2026-05-01"), "The records conflict: an entry of 2026-05-01 denies breast cancer."),
        ((LUMP, "icd:C79.51@2026-05-01{ver=provisional}"), "Metastasis is already under investigation."),
        (("icd:R56.9@2026-05-01",), "The newest record is more than 30 days old: not rated as an emergency."),
        (("lnc:777-3@2026-06-08{val=82;unit=10*3/uL}",), "low blood counts can come from spread to the bone marrow."),
    ],
)
def test_the_situation_is_said(tokens: tuple[str, ...], sentence: str) -> None:
    """What a clinician needs to know beside the finding."""
    found = cards_of(made(*tokens, as_of=TODAY))

    assert any(sentence in card.detail for card in found), [card.detail for card in found]


@pytest.mark.parametrize(
    "tokens, sentence",
    [
        (("icd:N61.0@2026-06-10",), "re-examine after one antibiotic course"),
        (("icd:N61.1@2026-06-10",), "Treat the infection, arrange imaging, and re-examine."),
        ((LUMP,), "A first recurrence is to be biopsied, with ER, PR and HER2 repeated."),
        (
            ("sct:164149006@2026-06-10",),
            "Include the supraclavicular fossa in the ultrasound, and biopsy the node.",
        ),
        (("icd:R59.1@2026-06-10",), "Think of lymphoma and infection as well."),
        (("icd:I89.0@2026-06-10",), "Exclude venous thrombosis of the arm."),
        (("icd:I89.0@2026-06-10", "icd:M54.12@2026-06-10{text=arm}"), "MRI of the brachial plexus."),
        (("icd:R07.2@2026-06-10",), "First exclude acute coronary syndrome and pulmonary embolism."),
        (("icd:M54.6@2026-06-10",), "discuss with the cord compression team within 24 hours"),
        (("icd:G95.20@2026-06-10",), "contact the cord compression team at once"),
        (("lnc:17861-6@2026-06-10{val=10.8;unit=mg/dL;high=10.2}",), "Repeat calcium with albumin and PTH"),
        (("lnc:17861-6@2026-06-10{val=14.2;unit=mg/dL;high=10.2}",), "Treat as a hypercalcaemic emergency"),
        (("lnc:1742-6@2026-06-01{val=230;unit=U/L}", "rx:1371041@2026-05-20"), "T-DM1 is on record"),
        (("icd:R74.01@2026-06-01", "rx:1601374@2026-05-20"), "A CDK4/6 inhibitor is on record"),
        (("icd:R05.9@2026-06-10", "rx:2267582@2026-06-01"), "exclude drug pneumonitis before the next dose"),
        (("icd:R17@2026-06-13", "lnc:6301-6@2026-06-13{val=1.9}"), "An anticoagulant raises the INR too"),
        (("icd:R63.4@2026-06-10", "rx:1991302@2026-05-20"), "A GLP-1 agonist is on record"),
    ],
)
def test_what_the_rule_wants_said_stands_beside_the_finding(tokens: tuple[str, ...], sentence: str) -> None:
    """The notes of the rules, as text."""
    found = cards_of(made(*tokens, as_of=TODAY))

    assert any(sentence in card.detail for card in found), [card.detail for card in found]


def test_the_more_urgent_of_two_calls_to_one_team_is_enough() -> None:
    """Not "at once" and "within 24 hours" on one card."""
    (card,) = cards_of(made("icd:M54.6@2026-06-10", "icd:G95.20@2026-06-12", as_of=TODAY))

    assert "contact the cord compression team at once" in card.detail
    assert "within 24 hours" not in card.detail.partition("**Guideline:**")[0]


@pytest.mark.sweep
def test_two_reasons_that_are_called_the_same_are_one() -> None:
    """Two kinds of codes for chemotherapy."""
    texts = [card.detail for case in CASES for card in cards_of(case) if "recent chemotherapy" in card.detail]

    assert texts
    assert all(text.count("recent chemotherapy") == 1 for text in texts)


def test_critical_distant_findings_after_in_situ_disease_are_urgent_in_themselves() -> None:
    """Metastasis is unlikely then; the finding is not."""
    case = made("icd:R56.9@2026-06-14", as_of=TODAY, history=False)
    history = ("icd:D05.12@2021-06-01{st=remission}", "sct:392021009@2021-07-01{res=Procedure}")

    (card,) = cards_of(replace(case, facts={**case.facts, "history": history}))

    assert card.level.indicator == "warning"
    assert "**Why:** Metastasis from in situ carcinoma is unlikely, but" in card.detail


def test_no_other_explanation_is_claimed_absent_when_the_chart_was_not_seen_whole() -> None:
    """What was not read may hold one."""
    (card,) = cards(assessed("V001"), Seen(gaps=(Gap("MedicationRequest", "late"),)))

    assert "**Other explanation:** none in what was read." in card.detail


def test_what_was_not_seen_is_said_by_its_reason() -> None:
    """Sources of context in one line; earlier observations when only a first page was read."""
    gaps = (
        Gap("Procedure", "late"),
        Gap("CarePlan", "late"),
        Gap("Encounter", "unauthorized"),
        Gap("Condition", "late"),
    )
    seen = Seen(gaps=gaps, partial=(Gap("Observation", "next-page"),))

    (card,) = cards(assessed("V001"), seen)

    said = (
        "procedures, care plans (not received in time); visits (access refused); "
        "earlier symptoms, weights and laboratory values not read"
    )
    assert f"**Not checked:** {said}." in card.detail


def test_a_value_without_a_unit_is_said_on_the_cards_there_are() -> None:
    """It makes no card of its own."""
    case = made(LUMP, "lnc:29463-7@2026-06-10{val=67.2}", as_of=TODAY)
    (card,) = cards_of(case)

    assert "**Not checked:** a body weight (no unit)." in card.detail


@pytest.mark.parametrize("folder", sorted({rule.sheet for rule in RULES}))
def test_a_guideline_is_named_with_its_year(folder: str) -> None:
    """A year that a source of the same sheet has."""
    years = {str(citation.year) for citation in sheet(folder).citations}

    named = re.findall(r"\b20\d\d\b", sheet(folder).guideline)
    assert named
    assert set(named) <= years


def test_the_spine_has_a_guideline_of_its_own() -> None:
    """Its clock is another one."""
    (spine,), (bone,) = cards_of("V043"), cards_of("V042")

    assert "**Guideline:** NICE NG234" in spine.detail
    assert "**Guideline:** NCCN Breast Cancer" in bone.detail
