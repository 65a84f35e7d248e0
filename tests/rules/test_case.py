"""What the rules ask of one patient on one day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules.case import Case
from rules.evidence.finding import ExclusionReason
from rules.facts import Days, Facts, Gap, Person, UnreadableRecord
from rules.outcome import NOT_FIRED, CannotTell, Fired, Level, Missing, Trigger
from rules.registry import RULES
from tests.evaluating import CASES, case_of, facts_of_case, made

DAY = date(2026, 6, 15)
HEADACHE = "icd:R51.9@2026-06-10"


@pytest.mark.parametrize(
    "born, age",
    [
        (Days(date(1996, 6, 15), date(1996, 6, 15)), 30),
        (Days(date(1996, 6, 16), date(1996, 6, 16)), 29),
        (Days(date(1996, 5, 20), date(1996, 5, 20)), 30),
        (Days(date(1996, 7, 1), date(1996, 7, 1)), 29),
        (Days(date(1996, 1, 1), date(1996, 12, 31)), 30),
        (None, None),
    ],
)
def test_the_age_is_that_of_the_first_possible_birthday(born: Days | None, age: int | None) -> None:
    """A year of birth alone makes a patient as old as may be."""
    assert Case(Facts(person=Person(born=born)), DAY).age == age


@pytest.mark.parametrize(
    "tokens, pregnant",
    [
        (("icd:Z33.1@2026-06-01",), True),
        (("icd:Z33.1@2025-09-08",), True),
        (("icd:Z33.1@2025-09-07",), False),
        (("icd:Z33.1",), False),
        (("icd:Z33.1@2026-06-01{ver=refuted}",), False),
        (("icd:Z33.1@2026-06-01", "icd:O80@2026-06-02"), False),
        (("icd:Z33.1@2026-06-01", "icd:O80@2026-06-01"), True),
        (("icd:Z33.1@2026-06-01", "icd:Z39.1@2026-06-02"), False),
        (("icd:Z33.1@2026-06-01", "icd:O80@2024-06-02"), True),
        (("lnc:82810-3@2026-06-01{val=sct:77386006}",), True),
        (("lnc:82810-3@2026-06-01{val=true}",), True),
        (("lnc:82810-3@2026-06-01{val=sct:60001007}",), False),
        (("lnc:82810-3@2026-06-01{val=true;st=entered-in-error}",), False),
    ],
)
def test_a_patient_is_pregnant_until_birth_or_280_days(tokens: tuple[str, ...], pregnant: bool) -> None:  # noqa: FBT001
    """A later delivery or lactation record ends it."""
    assert case_of(*tokens, as_of=DAY).pregnant is pregnant


@pytest.mark.parametrize(
    "token, explained",
    [
        ("icd:J44.9@2020-01-01", True),
        ("icd:J44.9{st=active}", True),
        ("icd:J44.9@2020-01-01{st=resolved}", False),
        ("icd:J44.9@2020-01-01{abat=2021-01-01}", False),
        ("icd:J44.9@2020-01-01{ver=refuted}", False),
        ("icd:J44.9@2027-01-01", False),
        ("icd:J44.9@2020-01-01{res=Procedure}", True),
        ("icd:J44.9@2020-01-01{res=Procedure;st=not-done}", False),
        ("icd:J44.9@2020-01-01{res=Encounter}", False),
    ],
)
def test_an_explanation_stands_when_it_is_present_on_the_day(token: str, explained: bool) -> None:  # noqa: FBT001
    """Of whatever age, unless it has ended or has not begun."""
    assert case_of(token, as_of=DAY).explained("alt_copd") == (("alt_copd",) if explained else ())


@pytest.mark.parametrize("status, explained", [("active", True), ("stopped", False), ("completed", False)])
def test_a_drug_explains_while_it_is_active(status: str, explained: bool) -> None:  # noqa: FBT001
    """A course that is over explains nothing any more."""
    case = case_of(f"rx:1991302@2026-01-01{{st={status}}}", as_of=DAY)

    assert bool(case.explained("alt_glp1")) is explained


@pytest.mark.parametrize(
    "token, held",
    [
        ("sct:430715008@2026-06-01{res=Procedure}", True),
        ("sct:430715008@2026-06-15{res=Procedure}", True),
        ("sct:430715008@2026-05-31{res=Procedure}", False),
        ("sct:430715008@2026-06-01{res=Procedure;st=not-done}", False),
        ("sct:430715008@2020-01-01{onset=2026-06-05}", True),
        ("sct:430715008{res=Procedure}", False),
    ],
)
def test_a_record_is_dated_when_a_date_of_it_lies_within_both_days(token: str, held: bool) -> None:  # noqa: FBT001
    """Both ends count; without a date nothing lies anywhere."""
    found = case_of(token, as_of=DAY).dated("alt_bariatric", date(2026, 6, 1), DAY)

    assert (found is not None) is held


def test_radiotherapy_of_the_past_is_not_dated() -> None:
    """Z92.3 says that it was, not when."""
    ago = timedelta(days=90)

    assert case_of("icd:Z51.0@2026-06-01", as_of=DAY).radiotherapy_within(timedelta(0), ago)
    assert not case_of("icd:Z92.3@2026-06-01", as_of=DAY).radiotherapy_within(timedelta(0), ago)


@pytest.mark.parametrize(
    "token, had",
    [
        ("sct:69031006@2019-05-01{res=Procedure}", True),
        ("sct:69031006{res=Procedure}", True),
        ("icd:Z90.11@2019-05-01", True),
        ("sct:69031006@2027-05-01{res=Procedure}", False),
        ("sct:69031006@2019-05-01{res=Procedure;st=not-done}", False),
        ("sct:392021009@2019-05-01{res=Procedure}", False),
    ],
)
def test_a_mastectomy_was_had_when_it_is_on_record_and_not_of_the_future(token: str, had: bool) -> None:  # noqa: FBT001
    """Of whatever date; a breast that is absent says the same."""
    assert case_of(token, as_of=DAY).had_mastectomy is had


def test_an_answer_is_asked_for_once() -> None:
    """Several rules ask for the same signs."""
    asked = []

    def answer(case: Case) -> date:
        asked.append(case)
        return case.as_of

    case = case_of(as_of=DAY)

    assert [case.once(answer), case.once(answer)] == [DAY, DAY]
    assert asked == [case]


def test_a_finding_is_the_same_however_often_it_is_asked_for() -> None:
    """Why nothing was found is kept for the site's silence."""
    case = case_of(HEADACHE, "icd:R05.9@2025-01-01", as_of=DAY)

    assert case.find("headache") is case.find("headache")
    assert case.find("cough") is None
    assert case.find("seizure") is None
    assert [finding.concept for finding in case.find_any("cough", "headache", "seizure")] == ["headache"]
    assert case.exclusions == {"headache": frozenset(), "cough": frozenset({ExclusionReason.TOO_OLD})}


def _gap(facts: Facts) -> Facts:
    return replace(facts, gaps=(Gap("Observation", "late"),))


def _other_gap(facts: Facts) -> Facts:
    return replace(facts, gaps=(Gap("ServiceRequest", "late"),))


def _unreadable(facts: Facts) -> Facts:
    return replace(facts, unreadable=(UnreadableRecord("Condition/1", "Condition", frozenset({"cough"}), "date"),))


def _broken(facts: Facts) -> Facts:
    return replace(facts, records=tuple(replace(r, broken="date") for r in facts.records if "cough" in r.concepts))


@pytest.mark.parametrize(
    "spoil, missing",
    [
        (lambda facts: facts, ()),
        (_gap, (Missing("Observation", "late"),)),
        (_other_gap, ()),
        (_unreadable, (Missing("Condition/1", "date"),)),
        (_broken, (Missing("Condition/m001-3", "date"),)),
    ],
)
def test_what_is_missing_is_what_could_hold_the_concept(
    spoil: Callable[[Facts], Facts], missing: tuple[Missing, ...]
) -> None:
    """Observations that were not seen, records of the concept that can't be read; orders state no symptom."""
    case = Case(spoil(facts_of_case(made("icd:R05.9@2020-06-10", as_of=DAY))), DAY)

    assert case.gaps(("cough",)) == missing
    assert case.gaps(("headache",)) == tuple(item for item in missing if item.what == "Observation")


def test_a_rule_fires_on_what_holds_and_else_says_what_is_missing() -> None:
    """What fired says what it could not use; what did not can say no only when nothing is missing."""
    case = case_of(HEADACHE, as_of=DAY)
    finding = case.find("headache")
    assert finding is not None
    trigger = Trigger("BRAIN-1", Level.INFO, finding)
    gap = Missing("lab_alt", "unit", card=False)

    rule = RULES[0].info

    assert case.outcome(rule, (trigger, None), (gap,)) == Fired((trigger,), (gap,))
    assert case.outcome(rule, (None,), (gap,)) == CannotTell((gap,))
    assert case.outcome(rule, ()) == NOT_FIRED


@pytest.mark.sweep
def test_no_rule_fires_that_need_not_be_asked() -> None:
    """The concepts that a rule names are all of those that can make it fire."""
    silent = [
        (case.id, rule.id)
        for case in CASES.values()
        for asked in (Case(facts_of_case(case), case.as_of),)
        for rule in RULES
        if asked.lacks(rule.info.triggers) and isinstance(rule.judge(asked, rule.info), Fired)
    ]

    assert silent == []
