"""Dates in every form of a choice such as onset[x].

Tests: tests/fhir/test_choices.py.
"""

import calendar
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from cds_service.fhir.elements.dates import days, is_filler
from cds_service.fhir.elements.elements import Json, Unreadable, obj, when
from cds_service.fhir.elements.values import quantity
from rules.facts import Days, Quantity

_YEARS = frozenset({"a", "year", "years", "yr", "yrs", "y", "jahr", "jahre"})
_MONTHS = frozenset({"mo", "month", "months", "monat", "monate"})
_DAYS = dict.fromkeys(("wk", "week", "weeks", "woche", "wochen"), 7) | dict.fromkeys(
    ("d", "day", "days", "tag", "tage"), 1
)
_MONTHS_A_YEAR = 12


def dated(resource: Json, name: str, born: Days | None, *, by_end: bool = False) -> Days | None:
    """Return the date of a choice in any of its forms, or None if absent.

    Of a period its start counts, or its end if wanted. Ages need the birth date. Raises Unreadable for a form that is
    there and tells no date.
    """
    if resource.keys().isdisjoint(_ELEMENTS[name]):
        return None
    found = next((each for each in _plain(resource, name, by_end=by_end) if each), None)
    if found is not None:
        return found
    for form, read in _FORMS.items():
        value = resource.get(f"{name}{form}")
        if value is not None:
            return read(value, born)
    return None


def effective(resource: Json) -> Days | None:
    """Return the clinically relevant time (EV-2).

    Raises Unreadable.
    """
    return dated(resource, "effective", None, by_end=True) or when(resource.get("issued"))


def _plain(resource: Json, name: str, *, by_end: bool) -> Iterator[Days | None]:
    yield when(resource.get(f"{name}DateTime"))
    period = obj(resource.get(f"{name}Period"))
    yield from (when(period.get(edge)) for edge in (("end", "start") if by_end else ("start", "end")))
    yield when(resource.get(f"{name}Instant"))
    yield from _of_timing(obj(resource.get(f"{name}Timing")), by_end=by_end)


def _of_timing(timing: Json, *, by_end: bool) -> Iterator[Days | None]:
    events = timing.get("event")
    found = [each for event in events if (each := when(event))] if isinstance(events, list) else []
    if found:
        yield max(found) if by_end else min(found)
    bounds = obj(obj(timing.get("repeat")).get("boundsPeriod"))
    yield from (when(bounds.get(edge)) for edge in (("end", "start") if by_end else ("start", "end")))
    if timing and not found and not bounds:
        raise Unreadable("date")


def _of_text(value: object, _born: Days | None) -> Days | None:
    found = days(value) if isinstance(value, str) else None
    if found is None:
        raise Unreadable("date")
    return None if is_filler(found) else found


def _of_age(value: object, born: Days | None) -> Days:
    age = quantity(value)
    if age is None or age.comparator is not None:
        raise Unreadable("date")
    return _between(age, age, born)


def _of_range(value: object, born: Days | None) -> Days:
    low, high = quantity(obj(value).get("low")), quantity(obj(value).get("high"))
    first, last = low or high, high or low
    if first is None or last is None:
        raise Unreadable("date")
    return _between(first, last, born)


def _between(low: Quantity, high: Quantity, born: Days | None) -> Days:
    """Return the days of an age from low up to the end of high."""
    if born is None:
        raise Unreadable("date")
    first, last = _aged(born.first, low, 0), _aged(born.last, high, 1) - timedelta(days=1)
    if last < first:
        raise Unreadable("date")
    return Days(first, last)


def _aged(born: date, age: Quantity, further: int) -> date:
    """Return the day of an age, a number of its units further on."""
    unit, number = (age.unit or "a").strip().lower(), age.value + further
    if age.value < 0:
        raise Unreadable("date")
    try:
        if unit in _YEARS:
            return _later(born, int(number * _MONTHS_A_YEAR))
        if unit in _MONTHS:
            return _later(born, int(number))
        if unit in _DAYS:
            return born + timedelta(days=int(number * _DAYS[unit]))
    except (OverflowError, ValueError) as error:
        raise Unreadable("date") from error
    raise Unreadable("date")


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_FORMS: Mapping[str, Callable[[object, Days | None], Days | None]] = {
    "Age": _of_age,
    "Range": _of_range,
    "String": _of_text,
}
"""Readers of the forms of a choice that are no dates."""
_ELEMENTS = {
    name: frozenset(f"{name}{form}" for form in ("DateTime", "Period", "Instant", "Timing", *_FORMS))
    for name in ("onset", "abatement", "effective", "performed", "occurrence")
}
"""Elements of each choice in all its forms."""
