"""The detail of a card: what it says in which situation, and that it always fits."""

import pytest

from cards.detail import Seen, detail
from cards.model import DETAIL_LENGTH
from rules.facts import Gap
from tests.evaluating import CASES, assessed, cards_of, made


@pytest.mark.parametrize(
    "tokens, sentence",
    [
        (("sct:89164003@2026-06-01",), "**Other explanation:** none on record."),
        (("icd:R06.02@2026-06-08", "icd:J44.9@2012-01-01"), "**Other explanation:** COPD (one step less urgent)."),
        (
            ("icd:R51.9@2026-06-10", "sct:25064002@2026-06-12{res=Observation;val=false}", "icd:H53.2@2026-06-10"),
            "a later record says it is absent",
        ),
        (("sct:89164003@2026-06-01", "icd:Z51.5@2026-05-01"), "ask whether a work-up fits the goals of care"),
        (("sct:89164003@2026-06-01", "sct:700146008@2026-05-01"), "The records conflict"),
        (("sct:89164003@2026-06-01", "icd:C79.51@2026-05-01{ver=provisional}"), "already under investigation"),
        (("icd:R56.9@2026-05-01",), "The newest record is more than 30 days old"),
        (
            ("icd:R51.9@2026-06-10{sev=severe}", "icd:Z33.1@2026-05-01"),
            "with radiology; not proposed: MRI of the brain",
        ),
        (("icd:R07.2@2026-06-10",), "First exclude acute coronary syndrome and pulmonary embolism."),
        (("icd:R06.02@2026-06-10", "lnc:9279-1@2026-06-12{val=32;unit=/min}"), "2026-06-12: Respiratory rate 32 /min"),
    ],
)
def test_the_situation_is_said(tokens: tuple[str, ...], sentence: str) -> None:
    """What a clinician needs to know beside the finding."""
    from cards.recurrence import cards  # noqa: PLC0415

    found = cards(assessed(made(*tokens, as_of=CASES["V001"].as_of)), Seen())

    assert any(sentence in card.detail for card in found), [card.detail for card in found]


def test_a_long_card_drops_evidence_first_and_its_closing_line_never() -> None:
    """With everything that can be missing, it still fits."""
    gaps = tuple(Gap(kind, "late") for kind in ("Procedure", "MedicationRequest", "ServiceRequest", "DiagnosticReport"))
    more = tuple(Gap(kind, "unauthorized") for kind in ("ImagingStudy", "Encounter", "Immunization", "CarePlan"))
    seen = Seen(gaps=(*gaps, *more), partial=(Gap("Observation", "next-page"),))

    for case in CASES:
        for site in assessed(case).cards:
            text = detail(assessed(case), site, seen)
            assert len(text) <= DETAIL_LENGTH
            assert text.startswith("**Found:**")
            assert "Does not replace clinical judgement." in text
            assert "**Not checked:**" in text


def test_critical_distant_findings_after_in_situ_disease_are_urgent_in_themselves() -> None:
    """Metastasis is unlikely then; the finding is not."""
    case = made("icd:R56.9@2026-06-14", as_of=CASES["V001"].as_of, history=False)
    history = ("icd:D05.12@2021-06-01{st=remission}", "sct:392021009@2021-07-01{res=Procedure}")
    from dataclasses import replace  # noqa: PLC0415

    (card,) = cards_of(replace(case, facts={**case.facts, "history": history}))

    assert card.level.indicator == "warning"
    assert "Metastasis from in situ carcinoma is unlikely, but the finding is urgent in itself." in card.detail
