"""The form of an answer: what the standard asks, what the design fixes, and the same bytes for the same call."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid5

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_service.evaluation.response import NAMESPACE
from rules.registry import RULES, RULESET
from tests.builders import (
    EXTENSION,
    INSTANCE,
    SNOMED,
    Resource,
    a_patient,
    answer_for,
    answer_to,
    call_of,
    concept,
    condition,
    observation,
    trace,
    weight,
)

pytestmark = pytest.mark.anyio
CHART = (
    a_patient()
    .with_history()
    .with_lump()
    .with_(condition("R51.9", "2026-06-10"), condition("R59.0"), weight(75, "2025-12-01"), weight(68, "2026-06-10"))
)


def _values(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    yield path, value
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _values(each, f"{path}.{name}")
    if isinstance(value, list):
        for each in value:
            yield from _values(each, f"{path}[]")


async def test_no_element_is_null_or_empty() -> None:
    """An optional element without a value is left out; only `cards` may be empty."""
    for chart in (CHART, a_patient(), a_patient().with_history()):
        answer = await answer_for(chart)

        assert [path for path, value in _values(answer) if value in (None, "", [], {}) and path != ".cards"] == []


async def test_a_card_has_what_the_standard_and_the_design_ask() -> None:
    """Topic of letters, selection of any, four override reasons with display, the trace of its rules."""
    answer = await answer_for(CHART)

    assert [card["source"]["topic"]["code"] for card in answer["cards"]] == ["liver", "regionalnode", "local", "brain"]
    for card in answer["cards"]:
        assert card["indicator"] in {"info", "warning", "critical"}
        assert card["source"]["topic"]["code"].isalpha()
        assert "url" not in card["source"]
        assert card["selectionBehavior"] == "any"
        assert [reason["code"] for reason in card["overrideReasons"]] == [
            "already-worked-up",
            "explained-otherwise",
            "patient-declines",
            "not-now",
        ]
        assert all(reason["display"] for reason in card["overrideReasons"])
        own = card["extension"]["org.recurrence-cds.assessment"]
        assert own["state"] == "treated"
        assert own["asOf"] == "2026-06-15"
        assert own["ruleset"] == RULESET
        assert own["rules"]
        assert own["evidence"]


async def test_a_suggestion_creates_one_draft_about_the_patient_in_context() -> None:
    """Valid FHIR, with codes, text, urgency and the reason."""
    answer = await answer_for(CHART)

    for card in answer["cards"]:
        for suggestion in card["suggestions"]:
            (action,) = suggestion["actions"]
            order = action["resource"]
            ServiceRequest.model_validate(order)
            assert order["subject"] == {"reference": "Patient/p1"}
            assert (order["status"], order["intent"], action["type"]) == ("draft", "proposal", "create")
            assert order["code"]["text"] == suggestion["label"] == action["description"]
            assert order["reasonReference"]
            assert order["reasonCode"]


async def test_the_trace_answers_for_every_site_and_rule() -> None:
    """Six sites; every rule fired, not fired, or can't tell."""
    found = trace(await answer_for(CHART))

    assert [site["site"] for site in found["sites"]] == ["brain", "bone", "lung", "liver", "regional-node", "local"]
    assert {rule["id"] for site in found["sites"] for rule in site["rules"]} == {rule.id for rule in RULES}
    assert {site["outcome"] for site in found["sites"]} == {"card", "nothing-found"}
    assert "name" not in json.dumps(found)


async def test_the_trace_says_of_every_site_why_there_is_no_card() -> None:
    """Explained, too old, before the cancer, negated, unreadable, or nothing there: by its own word each."""
    chart = a_patient().with_(
        condition("C50.412", "2019-03-10"),
        condition("R51.9", "2026-06-10", clinicalStatus=concept("active", "c")),
        condition("G43.109", "2004-01-01"),
        condition("R06.02", "2025-01-01"),
        observation("89164003", system=SNOMED, valueBoolean=False),
        condition("M54.6", "2024-13-01"),
        condition("R59.0", "2018-01-01"),
    )

    answer = await answer_for(chart)

    assert {site["site"]: site["outcome"] for site in trace(answer)["sites"]} == {
        "brain": "explained",
        "bone": "cannot-tell",
        "lung": "too-old",
        "liver": "nothing-found",
        "regional-node": "before-cancer",
        "local": "negated",
    }
    assert trace(answer)["notAssessable"] == [{"source": "Condition/r6", "reason": "date"}]
    outcomes = {rule["outcome"] for site in trace(answer)["sites"] for rule in site["rules"]}
    assert outcomes == {"fired", "not-fired", "cannot-tell"}


async def test_a_card_about_what_was_not_checked_has_no_orders_and_the_same_form() -> None:
    """Topic of letters, override reasons, and the records that could not be read."""
    answer = await answer_for(a_patient().with_history().with_(condition("R51.9", "2024-13-01")))

    (card,) = answer["cards"]
    assert (card["indicator"], card["source"]["topic"]["code"]) == ("info", "incomplete")
    assert not {"suggestions", "selectionBehavior"} & card.keys()
    assert len(card["overrideReasons"]) == 4
    assert card["extension"][EXTENSION]["evidence"] == ["Condition/r2"]


async def test_primary_orders_are_recommended_and_urgent_as_their_card() -> None:
    """Routine, urgent, stat; the reason is the coded evidence."""
    critical = a_patient().with_history().with_(condition("R56.9", "2026-06-10"), condition("R51.9", "2026-06-10"))
    priorities = {"info": "routine", "warning": "urgent", "critical": "stat"}

    for chart in (CHART, critical, a_patient().with_history().with_(condition("R51.9", "2026-06-10"))):
        for card in (await answer_for(chart))["cards"]:
            for suggestion in card["suggestions"]:
                order = suggestion["actions"][0]["resource"]
                assert order["priority"] == priorities[card["indicator"]]
                assert suggestion["isRecommended"] is True
                assert order["code"]["coding"][0].keys() == {"system", "code", "display"}
                evidence = {reference["reference"] for reference in order["reasonReference"]}
                assert evidence <= set(card["extension"][EXTENSION]["evidence"])
            assert any(suggestion.get("isRecommended") for suggestion in card["suggestions"])


async def test_the_same_call_gives_the_same_bytes_whatever_the_order_of_its_resources() -> None:
    """And again for a chart in which everything stands twice."""
    straight, turned, doubled = CHART.prefetch(), CHART.prefetch(), CHART.prefetch()
    for key in ("conditions", "observations"):
        turned[key]["entry"] = turned[key]["entry"][::-1]
        doubled[key]["entry"] = doubled[key]["entry"] * 2
    backwards = dict(reversed(turned.items()))

    answers = [(await answer_to(call_of(prefetch))).content for prefetch in (straight, backwards, doubled)]

    assert len(set(answers)) == 1


async def test_uuids_are_those_of_the_call() -> None:
    """The same for the same hook instance in any case of letters, others for another."""
    first = await _uuids(call_of(CHART.prefetch()))

    assert len(set(first)) == len(first)
    assert await _uuids(call_of(CHART.prefetch(), hookInstance=INSTANCE.upper())) == first
    assert not set(await _uuids(call_of(CHART.prefetch(), hookInstance=INSTANCE.replace("d", "e")))) & set(first)


async def _uuids(body: Resource) -> list[str]:
    answer: dict[str, Any] = (await answer_to(body)).json()
    return [found["uuid"] for card in answer["cards"] for found in (card, *card["suggestions"])]


async def test_uuids_are_made_as_the_standard_library_makes_them() -> None:
    """From client, hook instance, topic and key."""
    found = await _uuids(call_of(CHART.prefetch()))

    assert found[:2] == [
        str(uuid5(NAMESPACE, f"anonymous|{INSTANCE}|liver")),
        str(uuid5(NAMESPACE, f"anonymous|{INSTANCE}|liver/hepatic_panel")),
    ]


async def test_a_card_links_to_the_page_about_the_rules_where_the_service_has_an_address() -> None:
    """Setting public_url."""
    response = await answer_to(call_of(CHART.prefetch()), public_url="https://cds.example.org/base")

    assert {card["source"]["url"] for card in response.json()["cards"]} == {"https://cds.example.org/base/about"}


async def test_nothing_to_say_is_an_empty_list() -> None:
    """Not 204, not 404, not a card that says so."""
    answer = await answer_for(a_patient())

    assert answer["cards"] == []
    assert {site["outcome"] for site in trace(answer)["sites"]} == {"not-in-scope"}
    assert trace(answer)["sites"][0]["rules"] == [{"id": "GATE-1", "version": "1.0.1", "outcome": "not-fired"}]
