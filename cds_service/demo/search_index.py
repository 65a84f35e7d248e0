"""Search parameters of the demo and its indexed resources.

Tests: tests/demo/test_demo_fhir.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from cds_service.fhir.elements.dates import days
from rules.facts import Days


class Token(NamedTuple):
    """A code with its system, "" for a plain code."""

    system: str
    code: str


@dataclass(frozen=True, slots=True)
class Searchable:
    """Search parameters of one type with their elements."""

    patient: str | None = "subject"
    tokens: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_CODE = {"code": "code", "status": "status", "category": "category"}
_EFFECTIVE = ("effectiveDateTime", "effectivePeriod", "effectiveInstant")
_PERFORMED = ("performedDateTime", "performedPeriod")
_CONDITION = {"code": "code", "category": "category"}
_CONDITION_STATUS = {"clinical-status": "clinicalStatus", "verification-status": "verificationStatus"}
_MEDICATION = {"code": "medicationCodeableConcept", "status": "status"}

SEARCHABLE: Mapping[str, Searchable] = MappingProxyType(
    {
        "AllergyIntolerance": Searchable("patient", {"code": "code", "clinical-status": "clinicalStatus"}),
        "CarePlan": Searchable(tokens={"category": "category", "status": "status"}, dates={"date": ("period",)}),
        "Condition": Searchable(
            tokens=_CONDITION | _CONDITION_STATUS,
            dates={"recorded-date": ("recordedDate",), "onset-date": ("onsetDateTime", "onsetPeriod")},
        ),
        "DiagnosticReport": Searchable(tokens=_CODE, dates={"date": _EFFECTIVE}),
        "Encounter": Searchable(tokens={"class": "class", "status": "status"}, dates={"date": ("period",)}),
        "FamilyMemberHistory": Searchable("patient", {"status": "status"}, {"date": ("date",)}),
        "ImagingStudy": Searchable(
            tokens={"status": "status", "modality": "modality"}, dates={"started": ("started",)}
        ),
        "Immunization": Searchable(
            "patient", {"vaccine-code": "vaccineCode", "status": "status"}, {"date": ("occurrenceDateTime",)}
        ),
        "MedicationRequest": Searchable(
            tokens=_MEDICATION | {"intent": "intent"}, dates={"authoredon": ("authoredOn",)}
        ),
        "MedicationStatement": Searchable(tokens=_MEDICATION, dates={"effective": _EFFECTIVE}),
        "Observation": Searchable(tokens=_CODE, dates={"date": _EFFECTIVE}),
        "Patient": Searchable(None, {"gender": "gender", "identifier": "identifier"}, {"birthdate": ("birthDate",)}),
        "Procedure": Searchable(tokens=_CODE, dates={"date": _PERFORMED}),
        "QuestionnaireResponse": Searchable(tokens={"status": "status"}, dates={"authored": ("authored",)}),
        "ServiceRequest": Searchable(tokens=_CODE | {"intent": "intent"}, dates={"authored": ("authoredOn",)}),
    }
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One immutable resource with its search data."""

    type: str
    id: str
    patient: str
    tokens: Mapping[str, frozenset[Token]]
    dates: Mapping[str, Days]
    raw: msgspec.Raw


def stored(resource: Mapping[str, Any]) -> Stored:
    """Return the indexed resource.

    An unreadable date is not indexed.
    """
    kind = str(resource["resourceType"])
    searchable = SEARCHABLE[kind]
    spans = {name: _span(resource, elements) for name, elements in searchable.dates.items()}
    return Stored(
        type=kind,
        id=str(resource["id"]),
        patient=_patient(resource, searchable),
        tokens=MappingProxyType(
            {name: frozenset(_tokens(resource.get(element))) for name, element in searchable.tokens.items()}
        ),
        dates=MappingProxyType({name: span for name, span in spans.items() if span is not None}),
        raw=msgspec.Raw(msgspec.json.encode(resource)),
    )


def _patient(resource: Mapping[str, Any], searchable: Searchable) -> str:
    if searchable.patient is None:
        return str(resource["id"])
    return str(resource[searchable.patient]["reference"]).removeprefix("Patient/")


def _tokens(value: object) -> Iterator[Token]:
    if isinstance(value, str):
        yield Token("", value)
    elif isinstance(value, list):
        for item in value:
            yield from _tokens(item)
    elif isinstance(value, dict):
        if "coding" in value:
            yield from _tokens(value["coding"])
        elif code := value.get("code", value.get("value")):
            yield Token(value.get("system", ""), code)


def _span(resource: Mapping[str, Any], elements: tuple[str, ...]) -> Days | None:
    for element in elements:
        value = resource.get(element)
        if isinstance(value, str):
            return days(value)
        if isinstance(value, dict):
            return _period(days(value.get("start", "")), days(value.get("end", "")))
    return None


def _period(start: Days | None, end: Days | None) -> Days | None:
    if start is None or end is None:
        return start or end
    return Days(start.first, end.last)
