"""Weights as a clean series, and the loss that it shows (WEIGHT-1)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rules.case import Case
from rules.facts import Days, Facts, Person, Quantity, Value
from rules.outcome import Missing
from rules.weight.loss import months_before, weight_loss
from rules.weight.series import converted, height, usable_weights
from tests.evaluating import assessed, case_of, facts_of_case, levels, made

DAY = date(2026, 6, 15)
WEIGHT = "lnc:29463-7@%s{val=%s;unit=kg}"


def _series(*values: tuple[str, object]) -> list[tuple[str, Decimal]]:
    found = usable_weights(case_of(*(WEIGHT % value for value in values), as_of=DAY)).days
    return [(weight.on.isoformat(), weight.kg) for weight in found]


@pytest.mark.parametrize(
    "quantity, kg",
    [
        (Quantity(Decimal(70), code="kg"), 70),
        (Quantity(Decimal(70000), code="g"), 70),
        (Quantity(Decimal(100), code="[lb_av]"), Decimal("45.359237")),
        (Quantity(Decimal(100), text=" Lbs "), Decimal("45.359237")),
        (Quantity(Decimal(10), text="st"), Decimal("63.5029")),
        (Quantity(Decimal(10), code="[stone_av]"), Decimal("63.5029")),
        (Quantity(Decimal(2000), code="[oz_av]"), Decimal("56.699")),
        (Quantity(Decimal(70), code="local", text="KG"), 70),
        (Quantity(Decimal(70)), None),
        (Quantity(Decimal(70), text="stones"), None),
    ],
)
def test_a_weight_is_read_in_kilograms(quantity: Quantity, kg: Decimal | None) -> None:
    """By UCUM code, else by the text of the unit; without a known unit not at all."""
    assert converted(quantity, "units") == kg


def test_the_value_of_a_day_is_its_median() -> None:
    """One slip of the pen does not make the day."""
    assert _series(("2026-06-01", 70), ("2026-06-01", 72), ("2026-06-01", 140)) == [("2026-06-01", Decimal(72))]


@pytest.mark.parametrize(
    "values, kept",
    [
        ((("2026-01-01", 70), ("2026-02-01", 154)), []),
        ((("2026-01-01", 70), ("2026-02-01", 154), ("2026-03-01", 71)), ["2026-01-01", "2026-03-01"]),
        ((("2026-01-01", 70), ("2026-02-01", 90), ("2026-03-01", 71)), ["2026-01-01", "2026-03-01"]),
        ((("2026-01-01", 70), ("2026-02-01", 90), ("2026-03-01", 80)), ["2026-01-01", "2026-02-01", "2026-03-01"]),
        ((("2026-05-20", 70), ("2026-06-01", 59)), ["2026-05-20"]),
        ((("2026-05-02", 70), ("2026-06-01", 59)), ["2026-05-02"]),
        ((("2026-05-01", 70), ("2026-06-01", 59)), ["2026-05-01", "2026-06-01"]),
        ((("2026-05-20", 100), ("2026-06-01", 85)), ["2026-05-20", "2026-06-01"]),
        ((("2026-06-01", 350),), ["2026-06-01"]),
        ((("2026-06-01", 25),), ["2026-06-01"]),
        ((("2026-06-01", 351),), []),
    ],
)
def test_slips_spikes_and_sudden_falls_are_left_out(values: tuple[tuple[str, object], ...], kept: list[str]) -> None:
    """Of two values that far apart neither is known to be right."""
    assert [on for on, _ in _series(*values)] == kept


def test_a_weight_without_a_known_unit_is_said_but_makes_no_card_of_its_own() -> None:
    """Each reason once, however many there are."""
    case = case_of(
        "lnc:29463-7@2026-06-10/2026-06-09{val=70}",
        "lnc:29463-7@2026-06-08{val=70;unit=stones}",
        "lnc:29463-7@2026-06-07{val=<70;unit=kg}",
        "lnc:29463-7@2026-06-06{val=70;st=cancelled}",
        "lnc:29463-7{val=70}",
        as_of=DAY,
    )

    assert set(usable_weights(case).unusable) == {
        Missing("body_weight", "no-unit", card=False),
        Missing("body_weight", "unit", card=False),
    }
    found = assessed(made("lnc:29463-7@2026-06-10{val=70}", as_of=DAY))
    assert [(item.what, item.card) for item in found.missing] == [("body_weight", False)]


@pytest.mark.parametrize(
    "value, said",
    [
        (Value(text="seventy kilograms"), ["value"]),
        (Value(text="refused"), ["value"]),
        (Value(quantity=Quantity(Decimal(70))), ["no-unit"]),
        (Value(quantity=Quantity(Decimal(70), code="U/L")), ["unit"]),
        (Value(absent=True), []),
        (Value(), []),
    ],
    ids=["words", "refused", "no-unit", "other-unit", "reason-for-no-value", "nothing"],
)
def test_a_weight_that_is_no_number_is_said_if_anything_was_recorded(value: Value, said: list[str]) -> None:
    """An empty form hides no loss."""
    case = case_of("lnc:29463-7@2026-06-10{val=70;unit=kg}", as_of=DAY)
    changed = [replace(r, value=value) if "body_weight" in r.concepts else r for r in case.facts.records]
    series = usable_weights(Case(replace(case.facts, records=tuple(changed)), DAY))

    assert [(missing.what, missing.reason) for missing in series.unusable] == [("body_weight", each) for each in said]


def test_a_weight_that_can_not_be_is_a_record_that_can_not_be_read() -> None:
    """Minus five kilograms are no light patient: that is said on a card."""
    found = assessed(made("lnc:29463-7@2026-06-10{val=-5;unit=kg}", as_of=DAY))

    assert [(item.what, item.reason, item.card) for item in found.missing] == [("Observation/m001-3", "value", True)]


def test_a_broken_weight_is_left_out_and_said() -> None:
    """It may be the one that shows the loss."""
    facts = facts_of_case(made(WEIGHT % ("2026-06-10", 70), as_of=DAY))
    records = tuple(replace(r, broken="value") if "body_weight" in r.concepts else r for r in facts.records)
    case = Case(replace(facts, records=records), DAY)

    assert usable_weights(case).days == ()
    assert case.gaps(("body_weight",)) == (Missing("Observation/m001-3", "value"),)


def test_weights_of_a_child_are_not_used() -> None:
    """By the last possible birthday; of unknown age all are."""
    facts = facts_of_case(made(WEIGHT % ("2026-06-10", 70), as_of=DAY))
    year = Days(date(2008, 1, 1), date(2008, 12, 31))

    assert usable_weights(Case(replace(facts, person=Person(born=year)), DAY)).days == ()
    assert len(usable_weights(Case(Facts(records=facts.records), DAY)).days) == 1


@pytest.mark.parametrize(
    "tokens, metres",
    [
        ((), None),
        (("lnc:8302-2@2020-01-01{val=170;unit=cm}",), Decimal("1.7")),
        (("lnc:8302-2@2020-01-01{val=1.7;unit=m}",), Decimal("1.7")),
        (("lnc:8302-2@2020-01-01{val=170;unit=cm}", "lnc:8302-2@2021-01-01{val=165;unit=cm}"), Decimal("1.65")),
        (("lnc:8302-2@2020-01-01{val=170}",), None),
        (("lnc:8302-2@2020-01-01{val=0;unit=cm}",), None),
        (("lnc:8302-2@2020-01-01{val=170;unit=cm;st=cancelled}",), None),
        (("lnc:8302-2{val=170;unit=cm}",), None),
        (("lnc:8302-2@2020-01-01{val=170;unit=cm}", "lnc:8302-2@2021-01-01{val=168;unit=in}"), Decimal("1.7")),
        (("lnc:8302-2@2020-01-01{val=170;unit=cm}", "lnc:8302-2@2021-01-01{val=66;unit=cm}"), Decimal("1.7")),
        (("lnc:8302-2@2020-01-01{val=170;unit=m}",), None),
        (("lnc:8302-2@2020-01-01{val=170;unit=cm}", "lnc:8302-2@2021-01-01{val=150;unit=cm}"), None),
        (
            (
                "lnc:8302-2@2019-01-01{val=170;unit=cm}",
                "lnc:8302-2@2020-01-01{val=168;unit=cm}",
                "lnc:8302-2@2021-01-01{val=200;unit=cm}",
            ),
            Decimal("1.68"),
        ),
    ],
)
def test_the_newest_height_counts(tokens: tuple[str, ...], metres: Decimal | None) -> None:
    """In metres, from a report that counts."""
    assert height(case_of(*tokens, as_of=DAY)) == metres


def test_the_heights_of_a_child_contradict_no_later_one() -> None:
    """A body that has grown since is no jump."""
    tokens = ("lnc:8302-2@2016-01-01{val=120;unit=cm}", "lnc:8302-2@2025-01-01{val=170;unit=cm}")
    grown = replace(case_of(*tokens, as_of=DAY).facts, person=Person(born=Days(date(2006, 1, 1), date(2006, 1, 1))))

    assert height(Case(grown, DAY)) == Decimal("1.7")


def test_a_loss_is_measured_from_the_highest_weight_of_the_year_before() -> None:
    """It begins with the first weight that stayed low, and of equal baselines the later one counts."""
    weights = [("2025-09-01", 80), ("2025-11-01", 80), ("2026-01-01", 79), ("2026-03-01", 75), ("2026-06-01", 74)]

    finding = weight_loss(case_of(*(WEIGHT % value for value in weights), as_of=DAY)).finding

    assert finding is not None
    assert finding.started == date(2026, 3, 1)
    assert finding.newest == date(2026, 6, 1)
    assert finding.measure is not None
    assert finding.measure.since == date(2025, 11, 1)
    assert finding.measure.limit == 80
    assert finding.measure.percent == Decimal("7.5")


@pytest.mark.parametrize(
    "values, lost",
    [
        ((100, 95), True),
        ((100, 95.01), False),
        ((100, 100), False),
        ((95, 100), False),
    ],
)
def test_five_percent_are_a_loss(values: tuple[float, float], lost: bool) -> None:  # noqa: FBT001
    """Not rounded for the test."""
    before, now = values
    case = case_of(WEIGHT % ("2026-01-01", before), WEIGHT % ("2026-06-01", now), as_of=DAY)

    assert (weight_loss(case).finding is not None) is lost


LOST = (WEIGHT % ("2026-01-01", 80), WEIGHT % ("2026-06-01", 74))


@pytest.mark.parametrize(
    "tokens, intended_by, lowered_by",
    [
        ((), (), ()),
        (("rx:1991302@2025-12-01",), ("alt_glp1",), ()),
        (("rx:1991302@2025-12-01{st=stopped}",), (), ()),
        (("sct:430715008@2024-06-15{res=Procedure}",), ("alt_bariatric",), ()),
        (("sct:430715008@2024-06-14{res=Procedure}",), (), ()),
        (("sct:388976009@2025-11-02{res=Procedure}",), ("alt_intentional_weight_loss",), ()),
        (("sct:388976009@2025-11-01{res=Procedure}",), (), ()),
        (("icd:Z71.3@2026-02-01",), (), ()),
        (("icd:Z71.3@2026-02-01", "lnc:8302-2@2020-01-01{val=178;unit=cm}"), ("alt_intentional_weight_loss",), ()),
        (("icd:Z71.3@2026-02-01", "lnc:8302-2@2020-01-01{val=179;unit=cm}"), (), ()),
        (("icd:E05.90@2026-02-01",), (), ("alt_hyperthyroid",)),
        (("rx:4603@2026-02-01",), (), ("alt_diuresis",)),
        (("rx:4603@2025-12-31",), (), ()),
        (("rx:4603@2026-06-01",), (), ("alt_diuresis",)),
        (("rx:4603@2026-06-02",), (), ()),
    ],
)
def test_what_explains_a_loss_takes_it_away_or_lowers_it(
    tokens: tuple[str, ...], intended_by: tuple[str, ...], lowered_by: tuple[str, ...]
) -> None:
    """Intended loss is not counted; a thyroid that works too hard or a diuretic lowers it."""
    case = case_of(*LOST, *tokens, as_of=DAY)
    loss = weight_loss(case)

    expected = {} if intended_by else {"liver": "info" if lowered_by else "warning"}
    assert (loss.intended_by, loss.lowered_by) == (intended_by, lowered_by)
    assert levels(assessed(made(*LOST, *tokens, as_of=DAY))) == expected


@pytest.mark.parametrize(
    "token, lost",
    [
        ("icd:Z33.1@2025-12-31", True),
        ("icd:Z33.1@2026-01-01", False),
        ("icd:O80@2026-06-01", False),
        ("icd:O80@2026-06-02", True),
        ("icd:O91.22@2026-03-01", False),
    ],
)
def test_weights_around_a_birth_show_no_loss(token: str, lost: bool) -> None:  # noqa: FBT001
    """Pregnancy, delivery or lactation between the two weights."""
    assert (weight_loss(case_of(*LOST, token, as_of=DAY)).finding is not None) is lost


@pytest.mark.parametrize(
    "day, months, before",
    [
        (date(2026, 6, 15), 24, date(2024, 6, 15)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 31), 2, date(2025, 11, 30)),
        (date(2026, 12, 1), 12, date(2025, 12, 1)),
        (date(2026, 12, 31), 1, date(2026, 11, 30)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, before: date) -> None:
    """A month that has no such day gives its last."""
    assert months_before(day, months) == before
