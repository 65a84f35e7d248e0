"""The second look at evidence: our plain forms against fhir.resources."""

from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.observation import Observation
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cds_service.errors import DuplicateKey
from cds_service.fhir.candidates.candidates import EvidenceCandidates
from cds_service.fhir.pages.page import Entry
from cds_service.fhir.reading.plain_elements import is_plain
from cds_service.fhir.reading.validation import validate_evidence
from cds_service.strict_json import parse_once

DATES = st.sampled_from(
    (
        *(
            "2026",
            "2026-06",
            "2026-06-02",
            "2026-06-02T10:00:00Z",
            "2026-06-02T10:00:00.123+02:00",
            "2026-06-02T10:00Z",
            "2026-02-30",
        ),
        *("2026-06-02T10:00:00", "2026-13", "26-06-02", "2026-06-02T25:00:00Z", "", " 2026", "2026-6-2", "soon"),
        *("2026-06-02T10:00:00-13:30", "2026-06-02T10:00:00+14:00", "0001-01-01", "2026-06-02T10:00:00.1234567Z"),
    )
)
USUAL = st.sampled_from(("a", "http://x/y", "C50.9", "a-1", "1", "Left", "x.y", "!", "~", "(b)"))
"""Plain in every place, so that what is made up is not odd in all of them."""
ODD = st.one_of(
    st.sampled_from(("left breast", " x", "x ", "", "a\nb", "\u00e9", "\u2028", "a  b")), st.text(max_size=5)
)
TEXTS = st.integers(0, 9).flatmap(lambda dice: ODD if dice == 9 else USUAL)
CODINGS = st.fixed_dictionaries({"system": TEXTS, "code": TEXTS}, optional={"display": TEXTS})
CONCEPTS = st.fixed_dictionaries({"coding": st.lists(CODINGS, min_size=1, max_size=2)}, optional={"text": TEXTS})
NUMBERS = st.one_of(st.integers(-(10**6), 10**6), st.decimals(-100, 100, places=2), st.booleans(), TEXTS)
QUANTITIES = st.fixed_dictionaries({"value": NUMBERS}, optional={"unit": TEXTS, "code": TEXTS, "comparator": TEXTS})
PERIODS = st.fixed_dictionaries({"start": DATES}, optional={"end": DATES})
SUBJECT = {"reference": "Patient/p1"}
PLAIN_ONES = settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much])
"""Most of what is made up is not plain, and says nothing here."""


def _is_valid(model: type[FHIRAbstractModel], resource: dict[str, Any]) -> bool:
    try:
        model.model_validate(resource)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "date", ["2026-06-02", "2024-02-29", "2026-02-29", "2026-02-30T10:00:00Z", "2026-04-31", "2026-13"]
)
@pytest.mark.parametrize("name", ["recordedDate", "onsetDateTime", "onsetPeriod"])
def test_a_day_that_no_calendar_has_is_not_plain(name: str, date: str) -> None:
    """Nor does fhir.resources take it."""
    resource = {"resourceType": "Condition", "subject": SUBJECT, name: {"end": date} if name == "onsetPeriod" else date}

    assert is_plain(resource) is _is_valid(Condition, resource)


@pytest.mark.sweep
@given(
    st.fixed_dictionaries(
        {"resourceType": st.just("Condition"), "subject": st.just(SUBJECT)},
        optional={
            "code": CONCEPTS,
            "recordedDate": DATES,
            "onsetDateTime": DATES,
            "onsetPeriod": PERIODS,
            "abatementPeriod": PERIODS,
            "id": TEXTS,
        },
    )
)
@PLAIN_ONES
def test_a_plain_condition_is_valid(resource: dict[str, Any]) -> None:
    """What we vouch for, fhir.resources takes too."""
    assume(is_plain(resource))

    assert _is_valid(Condition, resource)


@pytest.mark.sweep
@given(
    st.fixed_dictionaries(
        {
            "resourceType": st.just("Observation"),
            "subject": st.just(SUBJECT),
            "status": st.just("final"),
            "code": CONCEPTS,
        },
        optional={
            "effectiveDateTime": DATES,
            "effectiveInstant": DATES,
            "issued": DATES,
        },
    ),
    st.one_of(
        st.just({}),
        QUANTITIES.map(lambda value: {"valueQuantity": value}),
        CONCEPTS.map(lambda value: {"valueCodeableConcept": value}),
        TEXTS.map(lambda value: {"valueString": value}),
        st.integers(-(2**33), 2**33).map(lambda value: {"valueInteger": value}),
    ),
)
@PLAIN_ONES
def test_a_plain_observation_is_valid(resource: dict[str, Any], value: dict[str, Any]) -> None:
    """With a value of every form."""
    assume(is_plain(resource | value))

    assert _is_valid(Observation, resource | value)


@pytest.mark.parametrize(
    "element, plain",
    [
        ({"effectiveDateTime": "2026-06-02"}, True),
        ({"effectiveDateTime": "2026-06-02", "effectivePeriod": {"start": "2026"}}, False),
        ({"resourceType": "Patient"}, False),
        ({"resourceType": 5}, False),
        ({"code": {"coding": [{"system": "http://x", "code": "a b"}], "text": "x"}}, True),
        ({"code": {"coding": []}}, False),
        ({"code": {}}, False),
        ({"valueQuantity": {"value": Decimal("1.5"), "unit": "kg", "comparator": ">"}}, True),
        ({"valueQuantity": {"value": True}}, False),
        ({"valueInteger": 2**31}, False),
        ({"issued": "2026-06-02"}, False),
        ({"component": [{}]}, False),
    ],
)
def test_what_is_plain_is_known(element: dict[str, Any], plain: bool) -> None:  # noqa: FBT001
    """Everything else is left to the library."""
    known = {"resourceType": "Observation", "status": "final", "subject": SUBJECT, "code": {"text": "x"}}
    assert is_plain(known | element) is plain


def _checked(*texts: bytes) -> tuple[frozenset[str], frozenset[str]]:
    import msgspec  # noqa: PLC0415

    pool = EvidenceCandidates("p1")
    pool.add([Entry(msgspec.Raw(text)) for text in texts])
    found = validate_evidence((f"{c.type}/{c.id}" for c in pool.candidates), pool.candidates)
    return found.duplicates, found.flagged


HEADACHE = b'"code": {"coding": [{"system": "http://snomed.info/sct", "code": "25064002"}]}'
CODE = b'"subject": {"reference": "Patient/p1"}, ' + HEADACHE


def test_a_key_twice_and_a_fault_are_found_in_evidence() -> None:
    """The first makes it unusable, the second is flagged; other kinds of resources have no model here."""
    twice = b'{"resourceType": "Condition", "id": "a", "recordedDate": "2026", "recordedDate": "2025", ' + CODE + b"}"
    fault = b'{"resourceType": "Condition", "id": "b", "recordedDate": "2026-06-01T10:00:00", ' + CODE + b"}"
    sound = (
        b'{"resourceType": "Observation", "id": "c", "status": "final", "component": [{'
        + CODE[41:]
        + b"}], "
        + CODE
        + b"}"
    )
    other = b'{"resourceType": "Procedure", "id": "d", "status": 5, ' + CODE + b"}"

    assert _checked(twice, fault, sound, other) == (frozenset({"Condition/a"}), frozenset({"Condition/b"}))


def test_a_resource_is_read_exactly_and_once() -> None:
    """Decimals stay decimals."""
    assert parse_once(b'{"a": 1.10}') == {"a": Decimal("1.10")}
    assert parse_once(b"[]") == {}
    with pytest.raises(DuplicateKey):
        parse_once(b'{"a": {"b": 1, "b": 2}}')
