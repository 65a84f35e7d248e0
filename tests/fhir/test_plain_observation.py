"""The short way to read a measurement gives what the long way gives."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.elements.vocabulary import STANDARD
from cds_service.fhir.pages.page import Entry
from cds_service.fhir.reading import facts
from cds_service.fhir.reading.plain_observation import read_plain_observation
from tests.builders import LOINC, Resource, concept

BASE = {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/p1"}}
STRINGS = st.sampled_from(("kg", "", " ", "[lb_av]", "http://unitsofmeasure.org", "urn:x", "<"))
NUMBERS = st.one_of(
    st.integers(-5, 400), st.floats(-5, 400, allow_nan=False), st.sampled_from(("8", True, None, 10**400, 0.1))
)
QUANTITIES = st.fixed_dictionaries(
    {}, optional={"value": NUMBERS, "unit": STRINGS, "code": STRINGS, "system": STRINGS, "comparator": STRINGS}
)
CODES = st.sampled_from(
    (
        concept("29463-7", LOINC),
        concept("75325-1", LOINC),
        concept("17861-6", LOINC),
        concept("0-0", LOINC),
        {"coding": [{"system": LOINC, "code": "29463-7"}, {"system": "urn:x", "code": "w"}], "text": "Weight"},
        {"text": "Weight"},
        "Weight",
    )
)
DATES = st.sampled_from(("2026-06-10", "2026", "2026-06-10T10:00:00Z", "2026-13", "soon", None, 5))
ODD: list[Resource] = [
    {},
    {"note": [{"text": "severe"}]},
    {"bodySite": {"text": "left"}},
    {"focus": [{"reference": "Patient/p2"}]},
    {"component": [{"code": concept("8302-2", LOINC), "valueQuantity": {"value": 170, "unit": "cm"}}]},
    {"modifierExtension": [{"url": "x"}]},
    {"implicitRules": "x"},
    {"dataAbsentReason": concept("unknown", "x")},
    {"valueBoolean": False},
    {"valueInteger": 3},
    {"interpretation": [concept("H", "i")], "referenceRange": [{"high": {"value": 10.4, "unit": "mg/dL"}}]},
    {"interpretation": "H", "referenceRange": 5},
    {"contained": [BASE | {"id": "m", "code": concept("8302-2", LOINC)}], "hasMember": [{"reference": "#m"}]},
]


def _read(resource: Resource, *, short: bool) -> list[Any]:
    raw = json.dumps(resource).encode()
    pool = EvidenceCandidates("p1")
    pool.add([Entry(Raw(raw))])
    candidates = pool.candidates or [_candidate(raw)]
    found = [each for candidate in candidates for each in facts.read_candidate(candidate, pool)]
    if short:
        return found
    return [each for candidate in candidates for each in _without_the_short_way(candidate, pool)]


def _candidate(raw: bytes) -> Candidate:
    pool = EvidenceCandidates("p1")
    pool.add([Entry(Raw(raw))])
    from cds_service.fhir.pages.page import Page  # noqa: PLC0415

    return Candidate("Observation", "o", Page(_entries=(Entry(Raw(raw)),)), 0)


def _without_the_short_way(candidate: Candidate, pool: EvidenceCandidates) -> list[Any]:
    """The long way: the same resource with an element that the short way does not take and the long way ignores."""
    resource = {"implicitRules": ""} | json.loads(bytes(candidate.raw))
    raw = json.dumps(resource).encode()
    from cds_service.fhir.pages.page import Page  # noqa: PLC0415

    other = Candidate("Observation", "o", Page(_entries=(Entry(Raw(raw)),)), 0)
    assert read_plain_observation(other.raw, "Observation/o", STANDARD) is None
    return list(facts.read_candidate(other, pool))


@pytest.mark.sweep
@given(QUANTITIES, CODES, DATES, st.sampled_from(("final", "preliminary", "done", None)), st.sampled_from(ODD))
@settings(max_examples=500)
def test_both_ways_read_the_same(
    quantity: Resource, code: object, dated: object, status: object, odd: Resource
) -> None:
    """Whatever is odd, missing or broken."""
    resource = BASE | {"valueQuantity": quantity, "code": code, "effectiveDateTime": dated, "status": status} | odd
    resource = {name: value for name, value in resource.items() if value is not None}

    assert _read(resource, short=True) == _read(resource, short=False)


@pytest.mark.parametrize("odd", [*ODD[1:10], ODD[-1]])
def test_what_is_odd_takes_the_long_way(odd: Resource) -> None:
    """And a plain weight the short one."""
    weight = BASE | {
        "status": "final",
        "code": concept("29463-7", LOINC),
        "effectiveDateTime": "2026-06-10",
        "valueQuantity": {"value": 70, "unit": "kg"},
    }

    assert read_plain_observation(Raw(json.dumps(weight).encode()), "Observation/o", STANDARD) is not None
    assert read_plain_observation(Raw(json.dumps(weight | odd).encode()), "Observation/o", STANDARD) is None
