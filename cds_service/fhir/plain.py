"""Whether the elements that decide are written in FHIR's plainest form, of which no strict reader can complain.

Must not say that anything is wrong: what is not plain is for fhir.resources to judge.
Tests: tests/service/test_strict.py holds the two against each other.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from cds_service.fhir.dates import days
from cds_service.fhir.elements import Json

_DATE = r"[1-9][0-9]{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
_DATE_TIME = re.compile(rf"{_DATE}(?:{_TIME})?)?)?", re.ASCII)
_INSTANT = re.compile(rf"{_DATE}{_TIME}))", re.ASCII)
_CODE = re.compile(r"[!-~]+(?: [!-~]+)*")
_URI = re.compile(r"[!-~]+")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_TEXT = re.compile(r"[^\x00-\x1f\s](?:[^\x00-\x1f]*[^\x00-\x1f\s])?")
_COMPARATORS = frozenset({"<", "<=", ">=", ">"})

_REQUIRED: Mapping[str, frozenset[str]] = {
    "Condition": frozenset(("subject",)),
    "Observation": frozenset(("subject", "status", "code")),
}
_CHOICES = ("onset", "abatement", "effective", "value")

Test = Callable[[object], bool]


def is_plain(resource: Json) -> bool:
    """Return whether every deciding element of a resource is plain; one that is not listed here never is.

    What the type requires must be there, and of a choice such as onset[x] one form at most.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not _REQUIRED.get(kind, frozenset(("?",))) <= resource.keys():
        return False
    if any(sum(name.startswith(choice) for name in resource) > 1 for choice in _CHOICES):
        return False
    return all(name in _ELEMENTS and _ELEMENTS[name](value) for name, value in resource.items())


def _matches(pattern: re.Pattern[str]) -> Test:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _dated(pattern: re.Pattern[str]) -> Test:
    """A date in one of FHIR's forms, on a day that the calendar has."""
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None and days(value) is not None


def _object(**tests: Test) -> Test:
    def test(value: object) -> bool:
        return (
            isinstance(value, dict)
            and bool(value)
            and all(name in tests and tests[name](each) for name, each in value.items())
        )

    return test


def _list(each: Test) -> Test:
    return lambda value: isinstance(value, list) and bool(value) and all(map(each, value))


def _number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


_CODING = _object(
    system=_matches(_URI),
    version=_matches(_TEXT),
    code=_matches(_CODE),
    display=_matches(_TEXT),
    userSelected=lambda value: isinstance(value, bool),
)
_CONCEPT = _object(coding=_list(_CODING), text=_matches(_TEXT))
_PERIOD = _object(start=_dated(_DATE_TIME), end=_dated(_DATE_TIME))
_QUANTITY = _object(
    value=_number,
    comparator=lambda value: value in _COMPARATORS,
    unit=_matches(_TEXT),
    system=_matches(_URI),
    code=_matches(_CODE),
)
_ELEMENTS: Mapping[str, Test] = {
    "resourceType": _matches(_CODE),
    "id": _matches(_ID),
    "status": _matches(_CODE),
    "code": _CONCEPT,
    "subject": _object(reference=_matches(_URI), type=_matches(_URI), display=_matches(_TEXT)),
    "onsetDateTime": _dated(_DATE_TIME),
    "onsetPeriod": _PERIOD,
    "abatementDateTime": _dated(_DATE_TIME),
    "abatementPeriod": _PERIOD,
    "recordedDate": _dated(_DATE_TIME),
    "effectiveDateTime": _dated(_DATE_TIME),
    "effectivePeriod": _PERIOD,
    "effectiveInstant": _dated(_INSTANT),
    "issued": _dated(_INSTANT),
    "valueQuantity": _QUANTITY,
    "valueCodeableConcept": _CONCEPT,
    "valueString": _matches(_TEXT),
    "valueBoolean": lambda value: isinstance(value, bool),
    "valueInteger": lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31,
}
