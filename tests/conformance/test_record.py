"""What was recorded, and how it is read: bodies, empty elements, outcomes of checks, the list of checks.

It must not run a service.
It tests cds_service/conformance/record.py, model.py, registry.py and checks/elements.py.
"""

from dataclasses import replace

import pytest

from cds_service.conformance import registry
from cds_service.conformance.checks.elements import is_absolute, valueless
from cds_service.conformance.model import VERSIONS, Level, Right, Wrong, judged
from cds_service.conformance.record import Ask, Exchange
from cds_service.conformance.registry import CHECKS, GROUPS

ASK = Ask("GET", "/cds-services")


@pytest.mark.parametrize(
    "body, value, problem",
    [
        (b'{"a": 1}', {"a": 1}, None),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, "not-json"),
        (b'{"a": 1, "a": 2}', {"a": 2}, "duplicate-key"),
        (b'{"a": "\xe4"}', {"a": "\ufffd"}, "not-json"),
        (b'{"a": 1,}', None, "not-json"),
        (b"", None, "not-json"),
    ],
)
def test_a_body_is_read_with_patience_and_its_faults_are_named(body: bytes, value: object, problem: str | None) -> None:
    """So that one fault does not hide all others."""
    exchange = Exchange(ASK, 200, body=body)

    assert (exchange.json, exchange.json_problem) == (value, problem)


def test_an_exchange_shows_its_status_or_why_there_is_none() -> None:
    """That is what the report says."""
    assert Exchange(ASK, 404).shown == "404"
    assert Exchange(ASK, failure="no answer").shown == "no answer"


def test_null_keeps_a_place_in_an_array_of_fhir_only() -> None:
    """There it stands for a value whose extension stands in the array beside."""
    action = {"resource": {"given": [None, "Ann"], "family": None}, "more": [None]}

    assert list(valueless({"actions": [action]}, "card")) == [
        "card.actions[0].resource.family is null",
        "card.actions[0].more[0] is null",
    ]


def test_an_empty_array_may_stand_where_it_is_allowed_only() -> None:
    """The standard names `cards` and `services`."""
    answer = {"cards": [], "extension": {}, "none": ""}

    assert list(valueless(answer, "a", frozenset({"a.cards"}))) == ["a.extension is {}", 'a.none is ""']


@pytest.mark.parametrize("url", ["https://a.example", "http://a.example/b?c#d", "my-app://launch/x"])
def test_a_url_with_scheme_and_host_is_absolute(url: str) -> None:
    """Deep links of apps too."""
    assert is_absolute(url)


@pytest.mark.parametrize(
    "url", ["/about", "about", "a.example/b", "https://", "https://a b.example", "http://[", 7, ""]
)
def test_anything_else_is_no_absolute_url(url: object) -> None:
    """A client would not know where to go."""
    assert not is_absolute(url)


def test_a_finding_names_three_problems_and_counts_the_rest() -> None:
    """A report has to be read."""
    assert judged([]) == Right()
    assert judged(["a"]) == Wrong("a")
    assert judged(list("abcde")) == Wrong("a; b; c; and 2 more")


def test_every_check_names_rows_of_the_list_and_a_version() -> None:
    """Each row is one of the 108; each id begins with the id of the reference list."""
    for check in CHECKS:
        assert check.rows, check.id
        assert set(check.rows) <= set(range(1, 109)), check.id
        assert check.since in VERSIONS
        assert check.versions[-1] == "3.0b"
        assert check.id[0] in "BCDEJSTXZ"
        assert check.requirement.endswith(".")


def test_two_checks_with_the_same_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are compared by id."""
    twice = (CHECKS[0], replace(CHECKS[0], level=Level.OURS))
    monkeypatch.setattr(registry, "CHECKS", twice)

    with pytest.raises(ValueError, match=r"same id: T01"):
        registry._refuse_clashes()


def test_there_is_one_group_for_each_part_of_the_standard() -> None:
    """In the order of the report."""
    assert list(GROUPS) == ["transport", "discovery", "call", "cards", "feedback", "trust", "cors"]
