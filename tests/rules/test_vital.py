"""Vital signs: the newest that can be used, and what is said of the others."""

from datetime import date
from decimal import Decimal

import pytest

from rules.labs.vital import newest_vital, unusable_vitals
from rules.outcome import Missing
from tests.evaluating import assessed, cards_of, case_of, levels, made

DAY = date(2026, 6, 15)
BREATHLESS = "icd:R06.02@2026-06-10"
SATURATION = "lnc:59408-5@2026-06-14{val=%s}"


@pytest.mark.parametrize(
    "tokens, value",
    [
        (("lnc:59408-5@2026-06-08{val=91;unit=%}", "lnc:59408-5@2026-06-12{val=95;unit=%;st=preliminary}"), 95),
        (("lnc:59408-5@2026-06-12{val=95;unit=%}", "lnc:59408-5@2026-06-13{val=80;unit=%;st=cancelled}"), 95),
        (("lnc:59408-5@2026-06-12{val=95;unit=%}", "lnc:59408-5@2026-06-13{absent=unknown}"), 95),
        (("lnc:59408-5@2026-06-12{val=95;unit=%}", "lnc:59408-5@2026-06-13{val=0.8;unit=1}"), 95),
        (("lnc:59408-5@2026-06-12{val=95;unit=%}", "lnc:59408-5@2026-06-12{val=90;unit=%}"), 90),
        (("lnc:59408-5@2026-06-07{val=91;unit=%}",), None),
        (("lnc:59408-5@2026-06-14{val=91}",), 91),
    ],
)
def test_the_newest_usable_value_of_the_last_days_counts(tokens: tuple[str, ...], value: int | None) -> None:
    """Of one day the more alarming; a preliminary one too, a cancelled or missing one not."""
    found = newest_vital(case_of(*tokens, as_of=DAY), "spo2")

    assert (found and found.value) == value


def test_of_one_day_the_fastest_heart_and_the_lowest_pressure_count() -> None:
    """Each sign has its own direction, and kPa is another word for mmHg."""
    case = case_of(
        *("lnc:8867-4@2026-06-14{val=80;unit=/min}", "lnc:8867-4@2026-06-14{val=125;unit={beats}/min}"),
        *("lnc:8480-6@2026-06-14{val=120;unit=mm[Hg]}", "lnc:8480-6@2026-06-14{val=16;unit=kPa}"),
        as_of=DAY,
    )
    heart, pressure = newest_vital(case, "heart_rate"), newest_vital(case, "bp_systolic")

    assert heart is not None
    assert pressure is not None
    assert (heart.value, round(pressure.value)) == (Decimal(125), 120)


@pytest.mark.parametrize(
    "given, reason, level",
    [
        ("88;unit=%", None, "critical"),
        ("0.97;unit=1", "unit", "warning"),
        ("0.97;unit=%", "value", "warning"),
        ("-5;unit=%", "value", "warning"),
        ("11.7;unit=kPa", "unit", "warning"),
        ("98;unit=%", None, "warning"),
    ],
)
def test_what_can_not_be_a_percentage_alarms_nobody_and_is_said(given: str, reason: str | None, level: str) -> None:
    """On the card of the breathlessness, which stands without it."""
    chart = made(BREATHLESS, SATURATION % given, as_of=DAY)
    (card,) = cards_of(chart)

    assert levels(assessed(chart)) == {"lung": level}
    assert unusable_vitals(case_of(BREATHLESS, SATURATION % given, as_of=DAY), ("spo2",)) == (
        (Missing("spo2", reason, card=False),) if reason else ()
    )
    assert ("**Not checked:** an oxygen saturation" in card.detail) is (reason is not None)


def test_a_pressure_in_kilopascal_is_not_a_low_one() -> None:
    """Twelve kPa are ninety mmHg; beside coughed-up blood eleven are critical, and shown in the rules' unit."""
    blood = "icd:R04.2@2026-06-10"
    high, low = (made(blood, f"lnc:8480-6@2026-06-14{{val={kpa};unit=kPa}}", as_of=DAY) for kpa in (16, 11))

    assert levels(assessed(high)) == {"lung": "warning"}
    assert levels(assessed(low)) == {"lung": "critical"}
    assert "82.5 mmHg on 2026-06-14" in cards_of(low)[0].detail
