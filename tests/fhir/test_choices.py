"""Dates in the forms of a choice: days, periods, timings, ages, ranges and texts."""

from datetime import date

import msgspec
import pytest

from cds_service.fhir.elements.choices import dated, effective
from cds_service.fhir.elements.elements import Unreadable, decode
from rules.facts import Days
from tests.builders import Resource

BORN = Days(date(1966, 3, 15), date(1966, 3, 15))
BORN_IN_A_YEAR = Days(date(1966, 1, 1), date(1966, 12, 31))
PERIOD = {"start": "2019-03-10", "end": "2019-06-20"}


def _days(written: str | None) -> Days | None:
    """The days of `first` or `first/last`, None of None."""
    if written is None:
        return None
    first, _, last = written.partition("/")
    return Days(date.fromisoformat(first), date.fromisoformat(last or first))


def _read(resource: Resource) -> Resource:
    """As the reader decodes it, with exact decimals."""
    found = decode(msgspec.json.encode(resource))
    assert isinstance(found, dict)
    return found


def _age(value: object, code: str | None = "a", **more: object) -> Resource:
    return {"value": value, **({"system": "http://unitsofmeasure.org", "code": code} if code else {}), **more}


@pytest.mark.parametrize(
    "resource, at_start, at_end",
    [
        pytest.param({"onsetDateTime": "2019-03-10"}, "2019-03-10", "2019-03-10", id="day"),
        pytest.param({"onsetDateTime": "2019-03"}, "2019-03-01/2019-03-31", "2019-03-01/2019-03-31", id="month"),
        pytest.param({"onsetInstant": "2019-03-10T08:00:00Z"}, "2019-03-10", "2019-03-10", id="instant"),
        pytest.param({"onsetPeriod": PERIOD}, "2019-03-10", "2019-06-20", id="period"),
        pytest.param({"onsetPeriod": {"start": "2019-03-10"}}, "2019-03-10", "2019-03-10", id="period-without-end"),
        pytest.param({"onsetPeriod": {"end": "2019-06-20"}}, "2019-06-20", "2019-06-20", id="period-without-start"),
        pytest.param({"onsetPeriod": {**PERIOD, "end": "9999-12-31"}}, "2019-03-10", "2019-03-10", id="filled-end"),
        pytest.param({"onsetTiming": {"event": ["2019-05-01", "2019-03-10"]}}, "2019-03-10", "2019-05-01", id="events"),
        pytest.param(
            {"onsetTiming": {"repeat": {"boundsPeriod": PERIOD}}}, "2019-03-10", "2019-06-20", id="timing-with-bounds"
        ),
        pytest.param(
            {"onsetTiming": {"event": ["2019-04-01"], "repeat": {"boundsPeriod": PERIOD}}},
            *("2019-04-01", "2019-04-01"),
            id="events-before-bounds",
        ),
        pytest.param({"onsetString": "2019-03-10"}, "2019-03-10", "2019-03-10", id="text-that-is-a-date"),
        pytest.param({}, None, None, id="absent"),
        pytest.param({"onsetDateTime": "1900-01-01"}, None, None, id="filler"),
        pytest.param({"onsetString": "1900-01-01"}, None, None, id="filler-as-text"),
        pytest.param({"onsetString": "9999-12-31"}, None, None, id="filler-of-the-future-as-text"),
        pytest.param({"onsetPeriod": {}}, None, None, id="empty-period"),
        pytest.param({"abatementDateTime": "2019-03-10"}, None, None, id="another-choice"),
    ],
)
def test_a_choice_is_dated_by_whichever_form_it_has(
    resource: Resource, at_start: str | None, at_end: str | None
) -> None:
    """A span counts by its start, or by its end if wanted."""
    assert dated(_read(resource), "onset", BORN) == _days(at_start)
    assert dated(_read(resource), "onset", BORN, by_end=True) == _days(at_end)


@pytest.mark.parametrize(
    "age, born, expected",
    [
        pytest.param(_age(53), BORN, "2019-03-15/2020-03-14", id="years"),
        pytest.param(_age(53), BORN_IN_A_YEAR, "2019-01-01/2020-12-30", id="years-of-a-birth-year"),
        pytest.param(_age(53, None), BORN, "2019-03-15/2020-03-14", id="years-where-no-unit-is-given"),
        pytest.param(_age(53, None, unit="Jahre"), BORN, "2019-03-15/2020-03-14", id="years-in-german"),
        pytest.param(_age(53, None, unit=" Years "), BORN, "2019-03-15/2020-03-14", id="years-in-english"),
        pytest.param(_age(53.5), BORN, "2019-09-15/2020-09-14", id="half-a-year"),
        pytest.param(_age(636, "mo"), BORN, "2019-03-15/2019-04-14", id="months"),
        pytest.param(_age(636, None, unit="Monate"), BORN, "2019-03-15/2019-04-14", id="months-in-german"),
        pytest.param(_age(2, "wk"), BORN, "1966-03-29/1966-04-04", id="weeks"),
        pytest.param(_age(2, None, unit="Wochen"), BORN, "1966-03-29/1966-04-04", id="weeks-in-german"),
        pytest.param(_age(10, "d"), BORN, "1966-03-25", id="days"),
        pytest.param(_age(10, None, unit="Tage"), BORN, "1966-03-25", id="days-in-german"),
        pytest.param(_age(0), BORN, "1966-03-15/1967-03-14", id="before-the-first-birthday"),
        pytest.param(_age(1), Days(date(2000, 2, 29), date(2000, 2, 29)), "2001-02-28/2002-02-27", id="leap-day"),
    ],
)
def test_an_age_is_every_day_of_that_age(age: Resource, born: Days, expected: str) -> None:
    """Up to the day before the next birthday."""
    assert dated(_read({"onsetAge": age}), "onset", born) == _days(expected)


@pytest.mark.parametrize(
    "low, high, expected",
    [
        pytest.param(_age(52), _age(54), "2018-03-15/2021-03-14", id="years"),
        pytest.param(_age(53), _age(53), "2019-03-15/2020-03-14", id="one-year"),
        pytest.param(_age(624, "mo"), _age(636, "mo"), "2018-03-15/2019-04-14", id="months"),
        pytest.param(_age(624, "mo"), _age(53), "2018-03-15/2020-03-14", id="months-to-years"),
        pytest.param(_age(52.5), _age(53), "2018-09-15/2020-03-14", id="from-a-half"),
        pytest.param(_age(0), _age(1, "mo"), "1966-03-15/1966-05-14", id="newborn"),
    ],
)
def test_a_range_of_ages_lasts_to_the_end_of_the_higher(low: Resource, high: Resource, expected: str) -> None:
    """52 to 54 years end on the day before the 55th birthday."""
    assert dated(_read({"onsetRange": {"low": low, "high": high}}), "onset", BORN) == _days(expected)


@pytest.mark.parametrize(
    "resource, born",
    [
        pytest.param({"onsetDateTime": "spring"}, BORN, id="word"),
        pytest.param({"onsetDateTime": 2019}, BORN, id="number"),
        pytest.param({"onsetString": "many years ago"}, BORN, id="free-text"),
        pytest.param({"onsetString": 2019}, BORN, id="text-that-is-a-number"),
        pytest.param({"onsetPeriod": {"start": "10.03.2019"}}, BORN, id="other-notation"),
        pytest.param({"onsetTiming": {"code": {"text": "BID"}}}, BORN, id="timing-without-a-day"),
        pytest.param({"onsetTiming": {"repeat": {"frequency": 2}}}, BORN, id="timing-without-bounds"),
        pytest.param({"onsetTiming": {"event": []}}, BORN, id="timing-without-events"),
        pytest.param({"onsetAge": _age(53)}, None, id="age-without-a-birth-date"),
        pytest.param({"onsetAge": {"unit": "a"}}, BORN, id="age-without-a-number"),
        pytest.param({"onsetAge": _age(53, "cm")}, BORN, id="age-in-another-unit"),
        pytest.param({"onsetAge": _age(-1)}, BORN, id="age-before-birth"),
        pytest.param({"onsetAge": _age(-9, "d")}, BORN, id="days-before-birth"),
        pytest.param({"onsetAge": _age(9000)}, BORN, id="age-past-the-calendar"),
        pytest.param({"onsetAge": _age(10**11, "d")}, BORN, id="days-past-the-calendar"),
        pytest.param({"onsetAge": _age(53, comparator="<")}, BORN, id="younger-than"),
        pytest.param({"onsetAge": _age(53, comparator=">=")}, BORN, id="at-least"),
        pytest.param({"onsetRange": {}}, BORN, id="empty-range"),
        pytest.param({"onsetRange": {"low": _age(54), "high": _age(52)}}, BORN, id="range-upside-down"),
        pytest.param({"onsetRange": {"low": _age(52), "high": _age(54)}}, None, id="range-without-a-birth-date"),
    ],
)
def test_a_form_that_tells_no_date_is_unreadable(resource: Resource, born: Days | None) -> None:
    """It is there, so that it is said and not guessed."""
    with pytest.raises(Unreadable):
        dated(_read(resource), "onset", born)


@pytest.mark.parametrize(
    "resource, expected",
    [
        pytest.param({"effectiveDateTime": "2026-06-10"}, "2026-06-10", id="day"),
        pytest.param({"effectiveInstant": "2026-06-10T08:00:00+02:00"}, "2026-06-10", id="instant"),
        pytest.param({"effectivePeriod": {"start": "2026-06-01", "end": "2026-06-10"}}, "2026-06-10", id="end"),
        pytest.param({"effectivePeriod": {"start": "2026-06-01"}}, "2026-06-01", id="start-of-an-open-period"),
        pytest.param({"effectiveTiming": {"event": ["2026-06-10", "2026-06-01"]}}, "2026-06-10", id="last-event"),
        pytest.param({"issued": "2026-06-12T08:00:00Z"}, "2026-06-12", id="released"),
        pytest.param({"effectiveDateTime": "2026-06-10", "issued": "2026-06-12"}, "2026-06-10", id="before-released"),
        pytest.param({"effectiveDateTime": "1970-01-01", "issued": "2026-06-12"}, "2026-06-12", id="filler"),
        pytest.param({}, None, id="none"),
    ],
)
def test_an_observation_is_dated_when_it_was_made_else_released(resource: Resource, expected: str | None) -> None:
    """The end of a period, and the last of several times (EV-2)."""
    assert effective(_read(resource)) == _days(expected)


@pytest.mark.parametrize(
    "resource",
    [
        {"effectiveDateTime": "yesterday", "issued": "2026-06-12"},
        {"effectivePeriod": {"end": "10.06.2026"}, "issued": "2026-06-12"},
        {"effectiveTiming": {"code": {"text": "BID"}}, "issued": "2026-06-12"},
        {"effectiveTiming": {"event": ["soon"]}, "issued": "2026-06-12"},
        {"effectiveInstant": 5, "issued": "2026-06-12"},
        {"issued": "soon"},
    ],
    ids=["word", "other-notation", "timing-without-a-day", "event", "number", "released"],
)
def test_the_release_stands_in_for_no_unreadable_time(resource: Resource) -> None:
    """A later release would make an old finding a recent one."""
    with pytest.raises(Unreadable):
        effective(_read(resource))
