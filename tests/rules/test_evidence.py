"""Records weighed against each other and against the day: what the cases leave to say."""

from datetime import date
from decimal import Decimal

import pytest

from rules.case import Case
from rules.evidence.presence import Presence, presence, severity
from rules.facts import Code, Days, Facts, Kind, Quantity, Record, System, Value
from rules.outcome import Severity
from tests.evaluating import assessed, case_of, levels, made

DAY = date(2026, 6, 15)
LUMP = "sct:89164003@2026-06-01{res=Observation;val=true}"

LEFT_LUMP = LUMP.replace("}", ";body=left breast}")
NO_LUMP = "sct:89164003@2026-06-10{res=Observation;val=false%s}"


def _levels(*tokens: str) -> dict[str, str]:
    return levels(assessed(made(*tokens, as_of=DAY)))


@pytest.mark.parametrize(
    "tokens, expected",
    [
        ((LUMP, "icd:N63.0@2026-05-01{abat=2026-06-10}"), {}),
        ((LUMP, "icd:N63.21@2026-05-01{abat=2026-06-10}"), {"local": "warning"}),
        ((LEFT_LUMP, "icd:N63.21@2026-05-01{abat=2026-06-10}"), {}),
        ((LEFT_LUMP, "icd:N63.11@2026-05-01{abat=2026-06-10}"), {"local": "warning"}),
        ((LEFT_LUMP, NO_LUMP % ""), {}),
        ((LEFT_LUMP, NO_LUMP % ";body=left breast"), {}),
        ((LEFT_LUMP, NO_LUMP % ";body=right breast"), {"local": "warning"}),
        ((LUMP, NO_LUMP % ";body=right breast"), {"local": "warning"}),
        (("icd:N63.21@2026-06-01", NO_LUMP % ""), {"local": "info"}),
        (("icd:N63.21",), {"local": "info"}),
        ((NO_LUMP % "", LUMP.replace("06-01", "06-10")), {"local": "warning"}),
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


@pytest.mark.parametrize("unit", ["{score}", "Score", "{Score}", "/ 10", "Points"])
def test_a_rating_is_one_in_any_spelling_of_its_unit(unit: str) -> None:
    """Capitals and blanks are no other scale: an 8 is severe."""
    rated = f"sct:25064002@2026-06-05{{res=Observation;val=8;unit={unit}}}"

    assert _levels(rated) == {"brain": "warning"}


def test_the_newest_denial_is_the_one_that_is_quoted() -> None:
    """Of an active Condition that several Observations deny."""
    denials = "sct:25064002@2026-06-05/2026-06-10/2026-06-07{res=Observation;val=false}"
    finding = case_of("icd:R51.9@2026-06-01", denials, as_of=DAY).find("headache")

    assert finding is not None
    assert finding.denied is not None
    assert finding.denied.recorded == Days(date(2026, 6, 10), date(2026, 6, 10))


def test_what_was_recorded_again_after_a_denial_is_not_denied() -> None:
    """Only a denial of every record lowers."""
    denial = "sct:25064002@2026-06-05{res=Observation;val=false}"
    finding = case_of("icd:R51.9@2026-06-01/2026-06-10", denial, as_of=DAY).find("headache")

    assert finding is not None
    assert len(finding.records) == 2
    assert finding.denied is None


def test_a_resource_that_speaks_of_no_symptom_is_no_evidence() -> None:
    """Only Conditions and Observations state a finding."""
    record = Record("Encounter/1", Kind.ENCOUNTER, (Code(System.ICD10CM, "R51.9"),), frozenset({"headache"}))

    assert Case(Facts(records=(record,)), DAY).find("headache") is None


@pytest.mark.parametrize(
    "value, concepts, expected",
    [
        (Value(), (), Presence.PRESENT),
        (Value(text="pressing"), (), Presence.PRESENT),
        (Value(quantity=Quantity(Decimal(4), "{score}")), (), Presence.PRESENT),
        (Value(quantity=Quantity(Decimal(0), "{score}", comparator=">")), (), Presence.PRESENT),
        (Value(boolean=False), (), Presence.NEGATIVE),
        (Value(text="denied"), (), Presence.NEGATIVE),
        (Value(quantity=Quantity(Decimal(0), "{score}")), (), Presence.NEGATIVE),
        (Value(), ("value_absent",), Presence.NEGATIVE),
        (Value(), ("value_unknown",), Presence.NOTHING),
        (Value(text="pressing"), ("value_unknown",), Presence.NOTHING),
        (Value(absent=True), (), Presence.NOTHING),
    ],
    ids=[
        *("nothing", "text", "rating", "above-zero", "false", "denial", "zero", "coded-no", "coded-unknown"),
        *("text-beside-unknown", "reason-for-no-value"),
    ],
)
def test_an_observation_is_present_unless_it_says_otherwise(
    value: Value, concepts: tuple[str, ...], expected: Presence
) -> None:
    """An unknown answer is neither a finding nor a denial."""
    record = Record(
        "Observation/1", Kind.OBSERVATION, (), frozenset(("headache", *concepts)), status="final", value=value
    )

    assert presence(record, DAY) is expected


@pytest.mark.parametrize(
    "number, comparator, expected",
    [
        (3, None, Severity.MILD),
        (4, None, Severity.MODERATE),
        (7, None, Severity.SEVERE),
        (3, ">", Severity.UNSTATED),
        (0, ">", Severity.UNSTATED),
        (7, "<", Severity.UNSTATED),
        (11, None, Severity.UNSTATED),
    ],
)
def test_a_bound_is_no_rating(number: int, comparator: str | None, expected: Severity) -> None:
    """More than 3 may be 9, so that it is not mild."""
    value = Value(quantity=Quantity(Decimal(number), "{score}", comparator=comparator))
    record = Record("Observation/1", Kind.OBSERVATION, (), frozenset({"headache"}), status="final", value=value)

    assert severity(record) is expected
