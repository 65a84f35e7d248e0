"""The envelope: what is read of a call beside its chart.

It must not test how an error is answered: that is in test_invoke_errors.py.
It tests cds_service/hooks/request.py and strict_json.py.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.errors import DuplicateKey, NotJson
from cds_service.hooks.request import parse_request
from cds_service.strict_json import read_strictly, refuse_duplicate_keys
from tests.service.small_service import CALL

NAMES = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(["prefetch", "patient", "\\", '"', "a:{"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def _read(**changes: object) -> Any:  # noqa: ANN401 - the envelope, or what a test makes of it
    return parse_request(json.dumps({**CALL, **changes}).encode(), "patient-view")


def test_an_envelope_says_who_is_looked_at_and_by_whom() -> None:
    """Ids are taken as they came."""
    envelope = _read(context={"patientId": "p-1", "userId": "PractitionerRole/9", "encounterId": "e.1"})

    assert envelope.hook == "patient-view"
    assert envelope.hook_instance == CALL["hookInstance"]
    assert (envelope.patient_id, envelope.user_id, envelope.encounter_id) == ("p-1", "PractitionerRole/9", "e.1")
    assert (envelope.fhir_server, envelope.access_token) == (None, None)
    assert envelope.prefetch == {}


@pytest.mark.parametrize(
    "user",
    ["", "anna", "Practitioner/", "/anna", "Practitioner/a/b", "Practitioner/a b", f"Practitioner/{'x' * 65}", 7],
)
def test_a_user_who_is_not_named_as_the_standard_has_it_is_nobody(user: object) -> None:
    """The call is answered; whoever looks just can't be known again."""
    assert _read(context={"patientId": "p-1", "userId": user}).user_id is None


def test_a_chart_is_kept_as_the_bytes_that_came() -> None:
    """Nobody looks into it here, so that a big chart costs little."""
    envelope = _read(prefetch={"patient": {"resourceType": "Patient", "x": "\u00e9"}, "none": None, "number": 5})

    assert {key: bytes(value) for key, value in envelope.prefetch.items()} == {
        "patient": b'{"resourceType": "Patient", "x": "\\u00e9"}',
        "none": b"null",
        "number": b"5",
    }


@pytest.mark.parametrize(
    "authorization, token",
    [
        ({"access_token": "secret", "token_type": "Bearer"}, "secret"),
        ({"access_token": "secret", "token_type": "BEARER", "patient": None}, "secret"),
        ({"access_token": "secret"}, "secret"),
        ({"access_token": "secret", "token_type": "mac"}, None),
        ({"access_token": ""}, None),
        ({"access_token": "two\r\nlines"}, None),
        ({"access_token": "\u00e9"}, None),
        ({"access_token": 5}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_token_is_taken_if_it_can_be_sent_as_bearer(authorization: object, token: str | None) -> None:
    """Everything else is no token; a line break would be a header of its own."""
    envelope = _read(fhirAuthorization=authorization)

    assert (envelope.access_token.value if envelope.access_token else None) == token


def test_an_envelope_shows_neither_patient_nor_token_when_printed() -> None:
    """A traceback or a debugger would print it."""
    envelope = _read(
        context={"patientId": "CANARY", "userId": "CANARY", "encounterId": "CANARY"},
        fhirServer="http://localhost/CANARY",
        fhirAuthorization={"access_token": "CANARY"},
        prefetch={"patient": "CANARY"},
    )

    assert "CANARY" not in repr(envelope)


def test_a_key_twice_inside_the_chart_is_left_to_the_reader_of_evidence() -> None:
    """Most resources of a chart are dropped unread; those that count are read strictly later."""
    body = json.dumps({**CALL, "prefetch": {"patient": {"a": "VALUE"}}}).replace('"VALUE"', '1, "a": 2').encode()

    assert bytes(parse_request(body, "patient-view").prefetch["patient"]) == b'{"a": 1, "a": 2}'


def test_another_element_of_the_same_name_does_not_hide_the_chart() -> None:
    """An extension may hold anything, even a copy of the chart."""
    prefetch = {"patient": {"a": 1}}
    body = json.dumps({"extension": {"prefetch": prefetch, "x": {"prefetch": {"b": 1}}}, **CALL, "prefetch": prefetch})

    assert set(parse_request(body.encode(), "patient-view").prefetch) == {"patient"}


def test_a_request_full_of_decoys_is_refused() -> None:
    """The search for the chart ends soon, so that it can't be made slow."""
    decoys = [{"prefetch": {"b": number}} for number in range(50)]
    body = json.dumps({"extension": decoys, **CALL, "prefetch": {"patient": {"a": 1}}})

    with pytest.raises(DuplicateKey):
        parse_request(body.encode(), "patient-view")


@given(st.dictionaries(NAMES, VALUES, max_size=4), VALUES, st.sampled_from([None, 1]), st.booleans())
def test_any_chart_comes_through_unchanged(
    prefetch: dict[str, Any],
    extension: object,
    indent: int | None,
    ascii_only: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    """However it is spelt and spaced, and whatever stands beside it."""
    call = {"extension": {"x": extension}, **CALL, "prefetch": prefetch, "after": extension}
    body = json.dumps(call, indent=indent, ensure_ascii=ascii_only).encode()

    assert {
        key: json.loads(bytes(raw)) for key, raw in parse_request(body, "patient-view").prefetch.items()
    } == prefetch


def test_duplicates_are_looked_for_to_a_bounded_depth() -> None:
    """What is nested deeper is refused, not followed."""
    with pytest.raises(NotJson):
        refuse_duplicate_keys(b"[" * 10_000 + b"]" * 10_000)


@given(VALUES)
def test_the_strict_reader_reads_what_others_read(value: object) -> None:
    """It refuses only what is ambiguous."""
    assert read_strictly(json.dumps(value).encode()) == value


MEMBERS = st.tuples(st.sampled_from(["a", "b", "\u00e9", '"', "\\"]) | NAMES, VALUES)


class _Twice(dict[str, Any]):
    """An object of JSON that `json` writes with all of its members, doubled keys too."""

    def __init__(self, members: list[tuple[str, Any]]) -> None:
        super().__init__({"held": True} if members else {})
        self._members = members

    def items(self) -> Any:  # noqa: ANN401 - pairs, as json wants them
        return self._members


@pytest.mark.sweep
@given(st.lists(st.lists(MEMBERS, max_size=4), max_size=3), st.booleans())
def test_a_key_that_stands_twice_is_found_however_it_is_written(
    objects: list[list[tuple[str, Any]]],
    ascii_only: bool,  # noqa: FBT001 - drawn
) -> None:
    """In an object at any place, in plain letters or as escapes; and nothing else is taken for one."""
    text = json.dumps({"x": [_Twice(members) for members in objects]}, ensure_ascii=ascii_only).encode()
    keys = [[key for key, _ in members] for members in objects]

    if any(len(set(each)) < len(each) for each in keys):
        with pytest.raises(DuplicateKey):
            refuse_duplicate_keys(text)
    else:
        refuse_duplicate_keys(text)
