"""Prefetched values cut out on the way through a body, held against Python's own reader of JSON.

It tests cds_service/hooks/prefetch_scan.py; what is said of an odd body is tested in test_invoke_errors.py.
"""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cds_service.errors import DuplicateKey
from cds_service.hooks.prefetch_scan import split_prefetch
from cds_service.strict_json import read_strictly, refuse_duplicate_keys
from tests.service.small_service import CALL

NAMES = st.text(max_size=6) | st.sampled_from(["prefetch", "patient", "context", "\\", '"', "a:{", "\u2028"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
CHARTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)
LAYOUTS = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r\n ")])
BODY = json.dumps({**CALL, "prefetch": {"a": {"resourceType": "Bundle"}, "b": None}, "z": 1}).encode()
MARKS = st.sampled_from([*(bytes([each]) for each in b'"{}[],:0 \\'), b'"prefetch":{', b'"prefetch":0,', b'"a":1,'])


def strictly(text: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """What Python's own reader makes of a text; a key twice is refused, in the chart too."""
    return read_strictly(text)


@pytest.mark.sweep
@given(NAMES, VALUES, CHARTS, st.booleans(), LAYOUTS)
def test_the_values_are_those_that_stand_there(
    name: str,
    value: object,
    chart: dict[str, object],
    first: bool,  # noqa: FBT001
    layout: tuple[str, str],
) -> None:
    """Wherever prefetch stands in the body, and whatever stands beside it."""
    beside = {**CALL, name: value}
    whole = {"prefetch": chart, **beside} if first else {**beside, "prefetch": chart}
    whole["prefetch"] = chart

    found = split_prefetch(json.dumps(whole, separators=layout).encode())

    if found is not None:
        assert {key: strictly(bytes(raw)) for key, raw in found.values.items()} == chart
        assert strictly(bytes(found.frame)) == {**whole, "prefetch": 0}


@given(st.lists(st.tuples(st.integers(0, len(BODY)), st.integers(0, 3), MARKS), min_size=1, max_size=3))
@example([(0, 0, b'"prefetch":{')])
def test_what_is_cut_out_of_a_broken_body_is_what_stands_in_it(changes: list[tuple[int, int, bytes]]) -> None:
    """If it is cut out at all: then the body is JSON for every reader, and holds each value once."""
    body = BODY
    for place, gone, mark in changes:
        body = body[:place] + mark + body[place + gone :]

    found = split_prefetch(body)

    if found is not None and is_strict(bytes(found.frame)):
        whole = json.loads(body)
        assert {key: json.loads(bytes(raw)) for key, raw in found.values.items()} == whole["prefetch"]
        assert json.loads(bytes(found.frame)) == {**whole, "prefetch": 0}
        assert count_of_keys(body, "prefetch") == [len(whole["prefetch"])]


def is_strict(frame: bytes) -> bool:
    """Whether the rest of a call has no key twice: a call that has is refused as soon as it is cut out."""
    try:
        refuse_duplicate_keys(frame)
    except DuplicateKey:
        return False
    return True


def count_of_keys(body: bytes, name: str) -> list[int]:
    """How many keys the objects of a name have that stand in the body itself, a doubled one counted twice."""
    members = json.loads(body, object_pairs_hook=lambda pairs: pairs)
    return [len(value) for key, value in members if key == name]


def test_a_plain_call_is_cut_out() -> None:
    """Else the tests above would show nothing."""
    found = split_prefetch(BODY)

    assert found is not None
    assert {key: bytes(raw) for key, raw in found.values.items()} == {"a": b'{"resourceType": "Bundle"}', "b": b"null"}
    assert list(found.pages) == ["a"]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"prefetch": {}}',
        b'{"prefetch": null}',
        b'{"context": {"prefetch": {"a": 1}}, "prefetch": 0}',
        b'{"context": {"prefetch": {"a": 1}}, "prefetch": {"a": 2}}',
        b'{"prefetch": {"a": 1, "a": 2}}',
        b'{"prefetch": {"a": 1,}}',
        b'{"prefetch": {"a": 1}',
        b'{"prefetch": {"a": 1}} x',
        b'{"prefetch": {"a": 1}, "prefetch": {}}',
        b'{"prefetch": {"a\\x": 1}}',
        b'{"prefetch": {"a": 01}}',
    ],
)
def test_what_is_odd_is_left_to_the_slow_way(body: bytes) -> None:
    """Which knows what to say of it."""
    assert split_prefetch(body) is None
