"""Where a chart comes from: prefetch first, then the FHIR server; each source known, empty, or unknown and said."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.builders import (
    FHIR,
    LEFT_OUT,
    SNOMED,
    Resource,
    a_patient,
    answer_for,
    answer_to,
    call_of,
    condition,
    fetched,
    observation,
    outcome_of,
    searchset,
    serving,
    topics,
    trace,
    weight,
)

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()
HEADACHE = observation("25064002", system=SNOMED, valueBoolean=True)
CONTEXT = {
    "procedures": "procedures",
    "medicationRequests": "medications",
    "serviceRequests": "orders",
    "diagnosticReports": "reports",
    "imagingStudies": "imaging studies",
    "encounters": "visits",
    "immunizations": "vaccinations",
    "carePlans": "care plans",
}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
FAULTS: dict[str, httpx.Response] = {
    "unauthorized": httpx.Response(401),
    "not-found": httpx.Response(404, json=OUTCOME),
    "status-429": httpx.Response(429),
    "server-error": httpx.Response(500, text="<html>"),
    "not-json": httpx.Response(200, text="<html>login</html>"),
    "truncated": httpx.Response(200, content=b'{"resourceType": "Bundle", "entry": ['),
    "operation-outcome": httpx.Response(200, json=OUTCOME),
    "redirect": httpx.Response(302, headers={"location": "http://127.0.0.1:1/x"}),
    "foreign": httpx.Response(200, json=searchset([], link=[{"relation": "next", "url": "http://127.0.0.1:1/x"}])),
    "gzip": httpx.Response(200, headers={"content-encoding": "gzip"}, content=b""),
}


@pytest.mark.parametrize("value", [None, searchset([]), {"resourceType": "Bundle", "type": "searchset"}])
async def test_nothing_found_is_an_answer(value: object) -> None:
    """`null` and empty Bundles mean that somebody looked."""
    answer = await answer_for(LUMP, observations=value, procedures=value)

    assert topics(answer) == {"local": "warning"}
    assert "notAssessable" not in trace(answer)


async def test_no_hits_with_an_outcome_entry_is_an_answer() -> None:
    """As one EHR says it: a searchset whose only entry reports on the search."""
    empty = {"resourceType": "Bundle", "total": 0, "entry": [{"resource": OUTCOME, "search": {"mode": "outcome"}}]}

    answer = await answer_for(LUMP, observations=empty)

    assert topics(answer) == {"local": "warning"}
    assert "notAssessable" not in trace(answer)


async def test_a_page_with_a_hit_and_an_outcome_keeps_the_hit() -> None:
    """Servers say which parameter they did not know."""
    headache = HEADACHE | {"id": "h", "subject": {"reference": "Patient/p1"}}
    both = {
        "resourceType": "Bundle",
        "entry": [{"resource": OUTCOME, "search": {"mode": "outcome"}}, {"resource": headache}, {"fullUrl": "x"}],
    }

    assert topics(await answer_for(LUMP, observations=both)) == {"brain": "info", "local": "warning"}


@pytest.mark.parametrize("value", [LEFT_OUT, OUTCOME, "<html>", 7])
async def test_unknown_observations_are_said_beside_what_fired(value: object) -> None:
    """Never silence."""
    answer = await answer_for(LUMP, observations=value)

    assert topics(answer) == {"local": "warning", "incomplete": "info"}
    assert outcome_of(answer, "brain") == "cannot-tell"
    assert [item["source"] for item in trace(answer)["notAssessable"]] == ["Observation"]


async def test_unknown_observations_without_a_cancer_stand_in_the_trace() -> None:
    """A history coded only there was not seen."""
    answer = await answer_for(a_patient(), observations=LEFT_OUT)

    assert answer["cards"] == []
    assert trace(answer)["notAssessable"] == [{"source": "Observation", "reason": "not-fetched"}]


@pytest.mark.parametrize("key", CONTEXT)
async def test_an_unknown_source_of_context_is_named_on_the_card(key: str) -> None:
    """It could have changed the level or the orders."""
    answer = await answer_for(LUMP, **{key: LEFT_OUT})

    (card,) = answer["cards"]
    assert f"**Not checked:** {CONTEXT[key]} (not sent, and no FHIR server to ask)." in card["detail"]


@pytest.mark.parametrize("value", [LEFT_OUT, OUTCOME, "<html>"])
async def test_unknown_questionnaires_stand_in_the_trace_alone(value: object) -> None:
    """Hardly any EHR has them: every card is what it is where they were sent and there are none."""
    seen, unseen = await answer_for(LUMP), await answer_for(LUMP, questionnaireResponses=value)

    assert [item["source"] for item in trace(unseen)["notAssessable"]] == ["QuestionnaireResponse"]
    assert unseen["cards"] == seen["cards"]
    assert {**trace(unseen), "notAssessable": 0} == {**trace(seen), "notAssessable": 0}


async def test_unknown_questionnaires_make_no_card_where_there_is_none() -> None:
    """Not even one that says what could not be checked."""
    answer = await answer_for(a_patient().with_history(), questionnaireResponses=LEFT_OUT)

    assert answer["cards"] == []
    assert trace(answer)["notAssessable"] == [{"source": "QuestionnaireResponse", "reason": "not-fetched"}]


async def test_what_prefetch_lacks_is_asked_and_what_it_holds_is_not() -> None:
    """Also an HTML page under a key is no answer; an OperationOutcome is one: the EHR looked and failed."""
    asked: list[str] = []
    prefetch = LUMP.prefetch(conditions=LEFT_OUT, encounters="<html>", carePlans=OUTCOME)

    response = await fetched(LUMP, prefetch, asked=asked)

    assert sorted(url.partition("?")[0] for url in asked) == ["Condition", "Encounter"]
    assert topics(response.json()) == {"local": "warning"}
    assert "care plans (not supplied by the EHR)" in response.json()["cards"][0]["detail"]


async def test_next_pages_are_followed_under_the_same_base() -> None:
    """A lump on the second page counts, of prefetch as of a search."""
    link = [{"relation": "next", "url": f"{FHIR}/Condition?page=2"}]
    first = searchset(LUMP.of_type("Condition")[:1], link=link)
    second = searchset(LUMP.of_type("Condition")[1:])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Condition"):
            return httpx.Response(200, json=second if request.url.params.get("page") else first)
        return serving(LUMP)(request)

    for prefetch in (LUMP.prefetch(conditions=first), None):
        assert topics((await fetched(LUMP, prefetch, answer=answer)).json()) == {"local": "warning"}


async def test_a_next_page_that_can_not_be_followed_makes_the_source_unknown() -> None:
    """Half a list of conditions is no list."""
    link = [{"relation": "next", "url": "http://127.0.0.1:1/other"}]
    prefetch = LUMP.prefetch(conditions=searchset(LUMP.of_type("Condition"), link=link))

    assert (await answer_to(call_of(prefetch))).status_code == 412
    assert (await fetched(LUMP, prefetch)).status_code == 412


def _observations(*days: str, sort: str = "_sort=-date") -> Resource:
    page = a_patient().with_(*(weight(70, day) for day in days)).of_type("Observation")
    links = [
        {"relation": "self", "url": f"{FHIR}/Observation?patient=p1&{sort}"},
        {"relation": "next", "url": f"{FHIR}/Observation?page=2"},
    ]
    return searchset(page, link=links)


async def test_a_first_page_that_reaches_beyond_every_window_is_enough() -> None:
    """Sorted, dated, falling, older than a year at its end: the card says that earlier ones were not read."""
    for last in ("2025-06-14", "2025-06-14T23:30:00-05:00"):
        answer = await answer_for(LUMP, observations=_observations("2026-06-01", "2025-10-01", last))

        assert topics(answer) == {"local": "warning"}
        assert "earlier symptoms, weights and laboratory values not read" in answer["cards"][0]["detail"]


@pytest.mark.parametrize(
    "page",
    [
        _observations("2026-06-01", "2025-06-15"),
        _observations("2026-06-01", "2025-06-14", "2026-06-01"),
        _observations("2026-06-01", "2025-06-14", sort="_count=3"),
        _observations("2026-06-01", "2025"),
        _observations("2026-06-01", "2025-05"),
        _observations("2026-06-01", "0001-01-01"),
        _observations("2026-06-01", "2025-02-30"),
        _observations("2026-06-01", "2025-01-01 or so"),
        _observations("2026-06-01", "2025-1-1-1-1-1"),
        _observations(),
        searchset([{"resourceType": "Observation", "code": 5}], link=_observations()["link"]),
        searchset([{"resourceType": "Observation", "effectiveDateTime": 5}], link=_observations()["link"]),
    ],
)
async def test_a_first_page_that_may_hide_something_recent_is_not(page: Resource) -> None:
    """Too young at its end, not falling, not sorted, not dated by a day that there was, or empty."""
    assert topics(await answer_for(LUMP, observations=page)) == {"local": "warning", "incomplete": "info"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["Patient", "Condition"])
async def test_a_fault_of_what_must_be_known_is_a_412(kind: str, fault: str) -> None:
    """Whatever the server did."""
    response = await fetched(LUMP, faults={kind: FAULTS[fault]})

    assert response.status_code == 412
    assert response.json()["issue"][0]["details"]["coding"][0]["code"] == "missing-data"


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_the_observations_is_a_card(fault: str) -> None:
    """And the lump beside it is shown."""
    response = await fetched(LUMP, faults={"Observation": FAULTS[fault]})

    assert response.status_code == 200
    assert topics(response.json()) == {"local": "warning", "incomplete": "info"}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_context_is_a_line(fault: str) -> None:
    """On the card that it could have changed."""
    answer = (await fetched(LUMP, faults={"Procedure": FAULTS[fault]})).json()

    assert topics(answer) == {"local": "warning"}
    assert "**Not checked:** procedures" in answer["cards"][0]["detail"]


async def test_a_server_that_answers_for_another_patient_refuses_the_call() -> None:
    """A lenient server drops a parameter it does not know."""
    stranger = {"resourceType": "Immunization", "id": "x", "patient": {"reference": "Patient/p2"}}
    faults = {"Immunization": httpx.Response(200, json=searchset([stranger]))}

    assert (await fetched(LUMP, faults=faults)).status_code == 412


def _hanging(kind: str) -> Any:  # noqa: ANN401 - respx takes either form
    async def answer(request: httpx.Request) -> httpx.Response:
        if f"/{kind}" in request.url.path:
            await asyncio.Event().wait()
        return serving(LUMP)(request)

    return answer


async def test_a_source_that_hangs_is_late_and_the_others_are_shown() -> None:
    """The budget begins when patient and conditions are known."""
    settings = {"budget_s": 0.02}

    answer = (await fetched(LUMP, answer=_hanging("Observation"), settings=settings)).json()

    assert topics(answer) == {"local": "warning", "incomplete": "info"}
    assert {item["reason"] for item in trace(answer)["notAssessable"]} == {"late"}


async def test_conditions_that_hang_are_a_412_at_the_hard_deadline() -> None:
    """Nobody waits longer."""
    settings = {"hard_deadline_s": 0.02, "budget_s": 0.01}

    assert (await fetched(LUMP, answer=_hanging("Condition"), settings=settings)).status_code == 412


async def test_a_server_that_is_not_listed_is_refused_whatever_prefetch_holds() -> None:
    """Before any name is resolved."""
    response = await answer_to(call_of(LUMP.prefetch(), fhirServer="https://evil.example/fhir"))

    assert response.status_code == 400


@pytest.mark.parametrize(
    "reference",
    [f"{FHIR}/Patient/p1", "Patient/p1/_history/3", f"{FHIR}/Patient/p1/_history/3"],
)
async def test_an_absolute_or_versioned_reference_is_the_patients(reference: str) -> None:
    """Under the FHIR server of the call."""
    chart = a_patient().with_history().with_(condition("N63.21", subject={"reference": reference}))

    assert topics((await fetched(chart)).json()) == {"local": "warning"}


async def test_a_reference_by_full_url_is_the_patients() -> None:
    """As transaction Bundles write it."""
    url = "urn:uuid:6f4a7c7e-0000-4000-8000-000000000001"
    patient = {"resourceType": "Bundle", "entry": [{"fullUrl": url, "resource": a_patient().resources[0]}]}
    chart = a_patient().with_history().with_(condition("N63.21", subject={"reference": url}))

    assert topics(await answer_for(chart, patient=patient)) == {"local": "warning"}
