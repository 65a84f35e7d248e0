"""A JSON value at the head of a longer text: where it ends, and its page.

It tests cds_service/fhir/pages/scan.py, and with it how the decoder says that more follows: an update may say it
otherwise.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.fhir.pages.page import Page, UnreadablePage, read_page
from cds_service.fhir.pages.scan import LeadingValue, decode_leading_value

PATIENT = {"resourceType": "Patient", "id": "p1"}
BUNDLE = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "u"}], "entry": [{"resource": PATIENT}]}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


def head_of(text: str) -> LeadingValue | None:
    """What is read of a text."""
    return decode_leading_value(memoryview(text.encode()))


@given(VALUES, st.sampled_from(["", " ", "\n\t "]), st.sampled_from([",", "}", ', "x": ["]', "]", ' "']))
def test_a_value_is_cut_out_before_whatever_follows(value: object, space: str, rest: str) -> None:
    """Its own bytes, and nothing of the space after it."""
    written = json.dumps(value)

    found = head_of(written + space + rest)

    assert found is not None
    assert bytes(found.raw) == written.encode()


@pytest.mark.parametrize("value", [BUNDLE, PATIENT, {"resourceType": "OperationOutcome"}, {}])
def test_the_page_is_the_one_that_is_read_of_the_value_alone(value: object) -> None:
    """Also where it is none."""
    written = json.dumps(value)
    alone, found = read_page(written.encode()), head_of(f"{written}, 5")

    assert found is not None
    if isinstance(alone, UnreadablePage):
        assert found.page == alone
        return
    assert isinstance(found.page, Page)
    assert [bytes(entry.raw) for entry in found.page.entries] == [bytes(entry.raw) for entry in alone.entries]
    assert (found.page.next, found.page.single_resource_type, found.page.summaries) == (
        alone.next,
        alone.single_resource_type,
        alone.summaries,
    )


@pytest.mark.parametrize("value", [{"entry": 5}, {"resourceType": "Bundle", "entry": [{"resource": 5}]}, [], None, 1])
def test_what_can_not_be_read_at_a_glance_is_cut_out_alone(value: object) -> None:
    """Whoever wants its page reads it again."""
    found = head_of(json.dumps(value) + ",")

    assert found is not None
    assert found.page is None


@pytest.mark.parametrize(
    "text", ["", "{", "{}", " {} ", "NaN,", "{'a'},", '"\\x",', "[" * 100_000, "trailing (byte 3)"]
)
def test_what_is_no_json_or_has_nothing_after_it_is_left_to_others(text: str) -> None:
    """They know what to say of it."""
    assert head_of(text) is None
