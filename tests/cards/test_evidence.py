"""Evidence lines."""

from datetime import date
from decimal import Decimal

import pytest

from cards.numbers import plain, written
from cards.words import english
from rules.facts import Days
from tests.evaluating import CASES, cards_of, made

TODAY = CASES["V001"].as_of
LIMIT = "\N{MULTIPLICATION SIGN} assumed upper limit"


@pytest.mark.parametrize(
    "tokens, line",
    [
        (
            ("lnc:29463-7@2025-12-10{val=72.4;unit=kg}", "lnc:29463-7@2026-06-10{val=67.2;unit=kg}"),
            "- Weight 72.4 kg on 2025-12-10 to 67.2 kg on 2026-06-10: \N{MINUS SIGN}7.2 % in 182 days",
        ),
        (("lnc:1742-6@2026-06-01{val=130;unit=U/L}",), f"- ALT 130 U/L (3.3 {LIMIT} 40) on 2026-06-01"),
        (
            ("lnc:17861-6@2026-06-10{val=11.6;unit=mg/dL;high=10.2}", "lnc:1751-7@2026-06-10{val=3.0;unit=g/dL}"),
            "- Calcium 11.6 mg/dL (corrected 12.4) on 2026-06-10, upper limit 10.2",
        ),
        (
            ("lnc:17861-6@2026-06-10{val=12.6;unit=mg/dL}",),
            "- Calcium 12.6 mg/dL (not corrected, no albumin) on 2026-06-10, assumed upper limit 10.4",
        ),
        (("icd:R17@2026-06-13", "lnc:6301-6@2026-06-13{val=1.9}"), "- INR 1.9 on 2026-06-13"),
        (("lnc:777-3@2026-06-08{val=82;unit=10*3/uL}",), "- Platelets 82 \N{MULTIPLICATION SIGN}10⁹/L on 2026-06-08"),
        (("sct:25064002@2026-06-10{res=Observation;val=8}",), "- Headache on 2026-06-10, score 8/10"),
        (("sct:66857006@2026-06-14{res=Observation;val=150;unit=mL}",), "- Hemoptysis on 2026-06-14, 150 mL"),
        (
            ("sct:66857006@2026-06-14{res=Observation;val=2;unit=tablespoons}",),
            "- Hemoptysis on 2026-06-14, 2",
        ),
        (("icd:R51.9@2026-06-10{sev=severe}",), "- Headache on 2026-06-10, severe"),
        (("icd:R51.9@2026-06-10{sev=moderate}",), "- Headache on 2026-06-10"),
        (
            ("icd:R51.9@2026-06-10{text=worse every week, wakes her at night}",),
            "- Headache on 2026-06-10, worsening, at night",
        ),
        (
            ("icd:R51.9@2026-06-10{onset=2026-05-01}",),
            "- Headache on 2026-06-10, since 2026-05-01",
        ),
        (("icd:R51.9@2026-06-10{onset=2026-04}",), "- Headache on 2026-06-10, since 2026-04"),
        (("icd:R51.9@2026-06-10{onset=2025}",), "- Headache on 2026-06-10, since 2025"),
        (("icd:R51.9@2026-06-10{onset=2026-06-10}",), "- Headache on 2026-06-10"),
        (("icd:R51.9{onset=2026-06-03}",), "- Headache on 2026-06-03"),
        (("icd:R51.9@2026-05",), "- Headache in 2026-05"),
        (("icd:M54.6{st=active}",), "- Pain in thoracic spine, no date"),
        (
            ("icd:R06.02@2026-06-10", "lnc:9279-1@2026-06-12{val=32;unit=/min}"),
            "- Respiratory rate 32/min on 2026-06-12",
        ),
        (
            ("icd:R06.02@2026-06-10", "lnc:59408-5@2026-06-12{val=89;unit=%}"),
            "- Oxygen saturation 89 % on 2026-06-12",
        ),
    ],
)
def test_a_piece_of_evidence_is_one_line_with_its_value_and_date(tokens: tuple[str, ...], line: str) -> None:
    """In our own words and numbers; a date never more exact than it was recorded."""
    found = cards_of(made(*tokens, as_of=TODAY))

    assert line in "\n".join(card.detail for card in found).splitlines(), [card.detail for card in found]


@pytest.mark.parametrize(
    "first, last, text",
    [
        (date(2026, 6, 1), date(2026, 6, 1), "2026-06-01"),
        (date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        (date(2024, 1, 1), date(2024, 12, 31), "2024"),
        (date(2024, 2, 1), date(2024, 2, 28), "2024-02-01 to 2024-02-28"),
        (date(2025, 12, 31), date(2026, 1, 1), "2025-12-31 to 2026-01-01"),
    ],
)
def test_a_date_is_as_exact_as_it_was_recorded(first: date, last: date, text: str) -> None:
    """A month is not its last day."""
    assert written(Days(first, last), english()) == text


@pytest.mark.parametrize(
    "number, text", [("7.1823", "7.2"), ("70", "70"), ("0.456", "0.46"), ("1200", "1200"), ("0", "0"), (None, "")]
)
def test_a_number_is_short(number: str | None, text: str) -> None:
    """One decimal is enough for a reader."""
    assert plain(None if number is None else Decimal(number), english()) == text


def test_the_same_day_and_name_stand_once() -> None:
    """Two records of one thing on one day are one line."""
    (card,) = cards_of(made("icd:N63.23@2026-06-02", "icd:N63.23@2026-06-02", as_of=TODAY))

    assert card.detail.count("Unspecified lump in the left breast, lower outer quadrant on 2026-06-02") == 1


def test_five_pieces_of_evidence_are_shown_and_the_rest_is_counted() -> None:
    """The newest first."""
    days = "/".join(f"2026-06-{day:02d}" for day in range(1, 9))
    (card,) = cards_of(made(f"sct:25064002@{days}", as_of=TODAY))

    lines = [line for line in card.detail.splitlines() if line.startswith("- ")]
    assert lines[:5] == [f"- Headache on 2026-06-{day:02d}" for day in (8, 7, 6, 5, 4)]
    assert lines[5:] == ["- … + 3 more"]


def test_of_one_day_the_leading_finding_stands_first() -> None:
    """It is the one that the summary names."""
    (card,) = cards_of("V021")

    assert card.detail.index("- Headache") < card.detail.index("- Vomiting")
