"""Records weighed against each other and against the day: what the cases leave to say."""

from dataclasses import replace
from datetime import date

import pytest

from rules.case import Case
from rules.facts import Code, Facts, Kind, Record, System
from rules.gate.history import absent_breasts
from rules.labs.value import newest_value
from tests.evaluating import assessed, facts_of_case, levels, made

DAY = date(2026, 6, 15)
LUMP = "sct:89164003@2026-06-01{res=Observation;val=true}"


def _levels(*tokens: str) -> dict[str, str]:
    return levels(assessed(made(*tokens, as_of=DAY)))


@pytest.mark.parametrize(
    "tokens, expected",
    [
        ((LUMP, "icd:N63.21@2026-05-01{abat=2026-06-10}"), {}),
        ((LUMP, "icd:N63.21@2026-05-01{abat=2026-05-20}"), {"local": "warning"}),
        ((LUMP, "icd:N63.21@2026-05-01{abat=2027-05-20}"), {"local": "warning"}),
        (("icd:R51.9@2026-06-10", "icd:G43.109@2027-01-01"), {"brain": "info"}),
        (("icd:H53.8@2026-06-10", "icd:H25.9@2026-01-01{res=Procedure}"), {"brain": "info"}),
        (("icd:H53.8@2026-06-10", "icd:H25.9@2026-01-01{res=Procedure;st=not-done}"), {"brain": "warning"}),
        (("icd:R05.3@2018-06-01{res=Observation;val=true}", "icd:R05.9@2026-04-20/2026-06-08"), {}),
        (("icd:R05.9@2026-04-20/2026-06-08",), {"lung": "info"}),
    ],
)
def test_a_later_end_cancels_and_what_is_old_explains(tokens: tuple[str, ...], expected: dict[str, str]) -> None:
    """An end counts on the day it ended; an explanation counts when it stands on the day looked at."""
    assert _levels(*tokens) == expected


def test_a_breast_is_gone_by_the_side_of_its_operation() -> None:
    """By code or by body site; an operation that was not done takes none."""
    facts = facts_of_case(
        made(
            "sct:406505007@2019-05-01{res=Procedure;body=left breast}",
            "sct:429400009@2019-05-01{res=Procedure;st=not-done}",
            as_of=DAY,
        )
    )

    assert absent_breasts(facts, DAY) == {"left"}


def test_treatment_without_a_date_is_not_active() -> None:
    """Nobody knows that it is recent."""
    assert assessed(made("sct:367336001{res=Procedure}", as_of=DAY)).state.value == "treated"


def test_a_weight_that_can_not_be_is_said_and_one_that_is_broken_too() -> None:
    """Minus five kilograms is a record that can't be read, not a light patient."""
    minus, broken = made("lnc:29463-7@2026-06-10{val=-5;unit=kg}", as_of=DAY), "lnc:29463-7@2026-06-10{val=70;unit=kg}"
    facts = facts_of_case(made(broken, as_of=DAY))
    cut = replace(
        facts, records=tuple(replace(r, broken="value") if "body_weight" in r.concepts else r for r in facts.records)
    )

    from rules.assess import assess  # noqa: PLC0415

    assert [(m.reason, m.card) for m in assessed(minus).missing] == [("value", True)]
    assert [(m.reason, m.card) for m in assess(cut, DAY).missing] == [("value", True)]


@pytest.mark.parametrize(
    "given, upper",
    [
        ({"applies_to": ("female",)}, 100),
        ({"applies_to": ("male",)}, 40),
        ({"age_low": 70}, 40),
        ({"age_high": 50}, 40),
        ({"age_low": 50, "age_high": 70}, 100),
        ({"type": "therapeutic"}, 40),
    ],
)
def test_a_reference_range_counts_for_whom_it_is_meant(given: dict[str, object], upper: int) -> None:
    """Of other ranges the assumed limit is better."""
    facts = facts_of_case(made("lnc:1742-6@2026-06-10{val=130;unit=U/L;high=100}", as_of=DAY))
    records = tuple(_with_range(record, given) if "lab_alt" in record.concepts else record for record in facts.records)

    value = newest_value(Case(replace(facts, records=records), DAY), "lab_alt")

    assert value is not None
    assert int(value.upper) == upper
    assert value.assumed is (upper == 40)


def _with_range(record: Record, given: dict[str, object]) -> Record:
    (found,) = record.ranges
    return replace(record, ranges=(replace(found, **given),))  # type: ignore[arg-type]


def test_a_range_whose_age_is_unknown_counts() -> None:
    """Without an age of the patient nobody can say that it does not."""
    facts = facts_of_case(made("lnc:1742-6@2026-06-10{val=130;unit=U/L;high=100}", as_of=DAY))
    nobody = Facts(records=facts.records)

    value = newest_value(Case(nobody, DAY), "lab_alt")

    assert value is not None
    assert value.upper == 100


def test_a_resource_that_speaks_of_no_symptom_is_no_evidence() -> None:
    """Only Conditions and Observations state a finding."""
    record = Record("Encounter/1", Kind.ENCOUNTER, (Code(System.ICD10CM, "R51.9"),), frozenset({"headache"}))

    assert Case(Facts(records=(record,)), DAY).find("headache") is None
