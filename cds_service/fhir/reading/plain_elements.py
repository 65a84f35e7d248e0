"""Fast check for deciding elements in their plainest form.

It must not report a fault; fhir.resources judges whatever is not plain.
Tests: tests/fhir/test_validation.py holds the two against each other.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from cds_service.fhir.elements.dates import days
from cds_service.fhir.elements.elements import Json

_DATE = r"[1-9][0-9]{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"

DateTime = Annotated[str, Meta(pattern=rf"^{_DATE}(?:{_TIME})?)?)?\Z")]
Instant = Annotated[str, Meta(pattern=rf"^{_DATE}{_TIME}))\Z")]
Code = Annotated[str, Meta(pattern=r"^[!-~]+(?: [!-~]+)*\Z")]
Uri = Annotated[str, Meta(pattern=r"^[!-~]+\Z")]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{1,64}\Z")]
Text = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\s](?:[^\x00-\x1f]*[^\x00-\x1f\s])?\Z")]
Integer = Annotated[int, Meta(gt=-(2**31), lt=2**31)]


class _Plain(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """An object with the listed elements only."""


class _Coding(_Plain):
    system: Uri | UnsetType = UNSET
    version: Text | UnsetType = UNSET
    code: Code | UnsetType = UNSET
    display: Text | UnsetType = UNSET
    userSelected: bool | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling


class _Concept(_Plain):
    coding: Annotated[list[_Coding], Meta(min_length=1)] | UnsetType = UNSET
    text: Text | UnsetType = UNSET


class _Period(_Plain):
    start: DateTime | UnsetType = UNSET
    end: DateTime | UnsetType = UNSET


class _Quantity(_Plain):
    value: Any = UNSET
    comparator: Literal["<", "<=", ">=", ">"] | UnsetType = UNSET
    unit: Text | UnsetType = UNSET
    system: Uri | UnsetType = UNSET
    code: Code | UnsetType = UNSET


class _Reference(_Plain):
    reference: Uri | UnsetType = UNSET
    type: Uri | UnsetType = UNSET
    display: Text | UnsetType = UNSET


class _Resource(_Plain, kw_only=True):
    """Deciding elements of any resource."""

    resourceType: Code | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    id: Id | UnsetType = UNSET
    status: Code | UnsetType = UNSET
    code: _Concept | UnsetType = UNSET
    subject: _Reference
    onsetDateTime: DateTime | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    onsetPeriod: _Period | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    abatementDateTime: DateTime | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    abatementPeriod: _Period | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    recordedDate: DateTime | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    effectiveDateTime: DateTime | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    effectivePeriod: _Period | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    effectiveInstant: Instant | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    issued: Instant | UnsetType = UNSET
    valueQuantity: _Quantity | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    valueCodeableConcept: _Concept | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    valueString: Text | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    valueBoolean: bool | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling
    valueInteger: Integer | UnsetType = UNSET  # noqa: N815 - FHIR's own spelling


class _Observation(_Resource, kw_only=True):
    status: Code
    code: _Concept


_TYPES: Mapping[str, type[_Resource]] = {"Condition": _Resource, "Observation": _Observation}
_CHOICES: Mapping[str, str] = {
    form: choice
    for choice in ("onset", "abatement", "effective", "value")
    for form in _Resource.__struct_fields__
    if form.startswith(choice)
}
"""Forms of each choice such as onset[x]."""
_DATES = ("onsetDateTime", "abatementDateTime", "recordedDate", "effectiveDateTime", "effectiveInstant", "issued")
_PERIODS = ("onsetPeriod", "abatementPeriod", "effectivePeriod")
_CONCEPTS = ("code", "valueCodeableConcept")
_EMPTY: Json = {}


def is_plain(resource: Json) -> bool:
    """Return True if every deciding element is plain.

    Required elements must be present, with at most one form of each choice.
    """
    name = resource.get("resourceType")
    kind = _TYPES.get(name) if isinstance(name, str) else None
    chosen = [_CHOICES[name] for name in resource if name in _CHOICES]
    if kind is None or len(set(chosen)) < len(chosen):
        return False
    try:
        msgspec.convert(resource, kind)
    except msgspec.ValidationError:
        return False
    return not _holds_nothing(resource) and _is_number(resource) and all(map(days, _dates(resource)))


def _holds_nothing(resource: Json) -> bool:
    """Return True for an empty object anywhere."""
    codings = (coding for name in _CONCEPTS if name in resource for coding in resource[name].get("coding", ()))
    return _EMPTY in resource.values() or _EMPTY in codings


def _is_number(resource: Json) -> bool:
    """Return True unless a Quantity's value is no number."""
    value = resource.get("valueQuantity", _EMPTY).get("value", 0)
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _dates(resource: Json) -> Iterator[str]:
    """Yield each date. It must be on a day of the calendar."""
    for name in _DATES:
        if name in resource:
            yield resource[name]
    for name in _PERIODS:
        if name in resource:
            yield from resource[name].values()
