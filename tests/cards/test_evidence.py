"""Evidence lines."""

from decimal import Decimal

import pytest

from cards.evidence import plain
from tests.evaluating import CASES, assessed, cards_of, made


@pytest.mark.parametrize(
    "tokens, line",
    [
        (
            ("lnc:29463-7@2025-12-10{val=72.4;unit=kg}", "lnc:29463-7@2026-06-10{val=67.2;unit=kg}"),
            "- Weight 72.4 kg on 2025-12-10 to 67.2 kg on 2026-06-10: -7.2 % in 182 days",
        ),
        (
            ("lnc:1742-6@2026-06-01{val=130;unit=U/L}",),
            "- 2026-06-01: ALT 130 U/L (3.3 x assumed upper limit 40)",
        ),
        (
            ("lnc:17861-6@2026-06-10{val=11.6;unit=mg/dL;high=10.2}", "lnc:1751-7@2026-06-10{val=3.0;unit=g/dL}"),
            "- 2026-06-10: Calcium 11.6 mg/dL (corrected 12.4) (1.1 x upper limit 10.2)",
        ),
        (
            ("lnc:17861-6@2026-06-10{val=12.6;unit=mg/dL;high=10.2}",),
            "- 2026-06-10: Calcium 12.6 mg/dL (not corrected, no albumin) (1.2 x upper limit 10.2)",
        ),
        (("sct:25064002@2026-06-10{res=Observation;val=8}",), "- 2026-06-10: Headache, score 8/10"),
        (("sct:66857006@2026-06-14{res=Observation;val=150;unit=mL}",), "- 2026-06-14: Hemoptysis, 150 mL"),
        (("icd:R51.9@2026-06-10{sev=severe}",), "- 2026-06-10: Headache, severe"),
        (("icd:M54.6{st=active}",), "- no date: Pain in thoracic spine"),
        (
            ("icd:R17@2026-06-13", "lnc:6301-6@2026-06-13{val=1.9}"),
            "- 2026-06-13: INR 1.9",
        ),
        (("lnc:777-3@2026-06-08{val=82;unit=10*3/uL}",), "- 2026-06-08: Platelets 82 10*9/L"),
    ],
)
def test_a_piece_of_evidence_is_one_line_with_its_date_and_value(tokens: tuple[str, ...], line: str) -> None:
    """In our own words and numbers."""
    from cards.detail import Seen  # noqa: PLC0415
    from cards.recurrence import cards  # noqa: PLC0415

    found = cards(assessed(made(*tokens, as_of=CASES["V001"].as_of)), Seen())

    assert line in "\n".join(card.detail for card in found).splitlines()


@pytest.mark.parametrize(
    "number, text", [("7.1823", "7.2"), ("70", "70"), ("0.456", "0.46"), ("1200", "1200"), ("0", "0"), (None, "")]
)
def test_a_number_is_short(number: str | None, text: str) -> None:
    """One decimal is enough for a reader."""
    assert plain(None if number is None else Decimal(number)) == text


def test_the_same_day_and_name_stand_once() -> None:
    """Two records of one thing on one day are one line."""
    (card,) = cards_of(made("icd:N63.21@2026-06-02", "icd:N63.22@2026-06-02", as_of=CASES["V001"].as_of))

    assert card.detail.count("Unspecified lump in breast") == 1
