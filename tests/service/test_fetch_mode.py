"""A call without prefetch, answered from a FHIR server: every fault of every source, and how long is waited."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest
import respx

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.fhir.chart.sources import SOURCES, Need, Source
from tests.builders import (
    DAY,
    FHIR,
    URL,
    Resource,
    a_patient,
    answer_to,
    call_of,
    error_code,
    fetched,
    outcome_of,
    searchset,
    serving,
    topics,
    trace,
)

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()
REQUIRED = [source for source in SOURCES if source.need is Need.REQUIRED]
CONTEXT = [source for source in SOURCES if source.need is Need.CONTEXT]
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def _linked(url: str) -> httpx.Response:
    return httpx.Response(200, json=searchset([], link=[{"relation": "next", "url": url}]))


FAULTS: dict[str, tuple[httpx.Response, str]] = {
    "401": (httpx.Response(401, text="who?"), "unauthorized"),
    "403": (httpx.Response(403), "unauthorized"),
    "404": (httpx.Response(404, json=OUTCOME), "not-found"),
    "410": (httpx.Response(410), "not-found"),
    "429": (httpx.Response(429, headers={"retry-after": "1"}), "status-429"),
    "500": (httpx.Response(500, text="<html>"), "server-error"),
    "503": (httpx.Response(503), "server-error"),
    "204": (httpx.Response(204), "status-204"),
    "html": (httpx.Response(200, text="<html>login</html>"), "not-json"),
    "empty": (httpx.Response(200), "not-json"),
    "truncated": (httpx.Response(200, content=b'{"resourceType": "Bundle", "entry": ['), "not-json"),
    "latin": (httpx.Response(200, content=b'{"resourceType": "Bundle", "id": "\xe4"}'), "not-json"),
    "other": (httpx.Response(200, json={"hello": "world"}), "not-fhir"),
    "outcome": (httpx.Response(200, json=OUTCOME), "operation-outcome"),
    "redirect": (httpx.Response(302, headers={"location": f"{FHIR}/Patient/p1"}), "redirect"),
    "gzip": (httpx.Response(200, headers={"content-encoding": "gzip"}, content=b""), "encoding"),
    "foreign": (_linked("http://127.0.0.1:1/fhir/x"), "foreign-next-link"),
    "upwards": (_linked(f"{FHIR}/../secret"), "foreign-next-link"),
    "circle": (_linked(f"{FHIR}/circle"), "repeated-next-link"),
}


def _answering(source: Source, fault: str) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        return FAULTS[fault][0] if _kind(request) in (source.resource_type, "circle") else serving(LUMP)(request)

    return answer


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_what_must_be_known_is_a_412_or_the_card_that_a_client_asked_for(fault: str) -> None:
    """It names the source and repeats nothing that the server said."""
    for source in REQUIRED:
        answer = _answering(source, fault)

        response = await fetched(LUMP, answer=answer)
        as_card = await fetched(LUMP, answer=answer, settings={"on_missing": "card"})

        assert (response.status_code, error_code(response)) == (412, "missing-data")
        assert source.resource_type in response.json()["issue"][0]["details"]["text"]
        assert "login" not in response.text
        assert (as_card.status_code, topics(as_card.json())) == (200, {"incomplete": "info"})


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_the_observations_is_a_card_where_there_was_a_cancer(fault: str) -> None:
    """Beside the lump, which is shown; without a cancer the trace says it."""
    observations = next(source for source in SOURCES if source.need is Need.EVIDENCE)
    gap = [{"source": "Observation", "reason": FAULTS[fault][1]}]

    answer = (await fetched(LUMP, answer=_answering(observations, fault))).json()

    assert topics(answer) == {"local": "warning", "incomplete": "info"}
    assert trace(answer)["notAssessable"] == gap
    assert {outcome_of(answer, site) for site in ("brain", "bone", "lung", "liver")} == {"cannot-tell"}
    if fault != "circle":
        silent = (await fetched(a_patient(), faults={"Observation": FAULTS[fault][0]})).json()
        assert silent["cards"] == []
        assert trace(silent)["notAssessable"] == gap


@pytest.mark.sweep
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_any_other_source_is_a_line_on_the_card(fault: str) -> None:
    """The finding is shown as it is."""
    for source in CONTEXT:
        answer = (await fetched(LUMP, answer=_answering(source, fault))).json()

        assert topics(answer) == {"local": "warning"}
        assert "**Not checked:**" in answer["cards"][0]["detail"]


async def test_a_server_that_is_down_is_a_412() -> None:
    """Not a 502."""

    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    response = await fetched(LUMP, answer=down)

    assert (response.status_code, error_code(response)) == (412, "missing-data")


def _kind(request: httpx.Request) -> str:
    return request.url.path.removeprefix("/fhir/").partition("/")[0]


async def test_conditions_may_take_longer_than_the_budget_of_the_others() -> None:
    """What must be known may take the whole deadline; the budget begins when it is in."""
    others = len(SOURCES) - 1
    answered: list[str] = []
    all_others = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if _kind(request) == "Condition":
            await all_others.wait()
            for _ in range(100):
                await asyncio.sleep(0)
        answered.append(_kind(request))
        if len(answered) == others:
            all_others.set()
        return serving(LUMP)(request)

    response = await fetched(LUMP, answer=answer, settings={"budget_s": 0.001})

    assert answered[-1] == "Condition"
    assert topics(response.json()) == {"local": "warning"}
    assert "notAssessable" not in trace(response.json())
    assert "Not checked" not in response.json()["cards"][0]["detail"]


def _hanging(kind: str) -> Callable[[httpx.Request], Awaitable[httpx.Response]]:
    async def answer(request: httpx.Request) -> httpx.Response:
        if _kind(request) == kind:
            await asyncio.Event().wait()
        return serving(LUMP)(request)

    return answer


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
async def test_a_source_that_never_answers_is_late_and_nobody_waits_for_it(source: Source) -> None:
    """A 412, a card, a line, or an entry of the trace, as any other fault."""
    settings = {"hard_deadline_s": 0.05 if source.need is Need.REQUIRED else 5.0, "budget_s": 0.02}

    response = await fetched(LUMP, answer=_hanging(source.resource_type), settings=settings)

    if source.need is Need.REQUIRED:
        assert (response.status_code, error_code(response)) == (412, "missing-data")
        return
    expected = {"local": "warning"} | ({"incomplete": "info"} if source.need is Need.EVIDENCE else {})
    assert topics(response.json()) == expected
    if source.need is Need.OPTIONAL:
        assert trace(response.json())["notAssessable"] == [{"source": source.resource_type, "reason": "late"}]
        return
    assert "not received in time" in "".join(card["detail"] for card in response.json()["cards"])


async def test_a_source_that_found_no_room_says_so_and_not_that_its_server_was_slow() -> None:
    """Patient and Condition take the only two places and give them back; observations then hang in one of them."""
    settings = {"fhir_in_flight": 1, "budget_s": 0.05}

    answer = (await fetched(LUMP, answer=_hanging("Observation"), settings=settings)).json()

    reasons = {gap["source"]: gap["reason"] for gap in trace(answer)["notAssessable"]}
    assert reasons.pop("Observation") == "late"
    assert set(reasons.values()) == {"busy"}
    assert "too many requests at once" in answer["cards"][0]["detail"]


async def test_calls_share_the_room_of_a_server_and_all_are_answered() -> None:
    """Never more requests at a time than it is set to; nobody is turned away who can wait."""
    now, most = 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return serving(LUMP)(request)

    app = create_app(Settings(fhir_in_flight=3, budget_s=5), FixedClock(DAY))
    body = json.dumps(call_of(None, fhirServer=FHIR))
    with respx.mock() as server:
        server.route(url__startswith=FHIR).mock(side_effect=answer)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            calls = (client.post(URL, content=body, headers={"content-type": "application/json"}) for _ in range(10))
            answers = await asyncio.gather(*calls)

    assert [topics(each.json()) for each in answers] == [{"local": "warning"}] * 10
    assert most == 3


async def test_the_hard_deadline_holds_for_the_whole_call() -> None:
    """Conditions come at the last moment: what is still out then has no budget of its own after it."""
    settings = {"hard_deadline_s": 0.1, "budget_s": 30.0}
    began = time.monotonic()

    answer = (await fetched(LUMP, answer=_hanging("Observation"), settings=settings)).json()

    assert time.monotonic() - began < 5
    assert topics(answer) == {"local": "warning", "incomplete": "info"}
    assert trace(answer)["notAssessable"] == [{"source": "Observation", "reason": "late"}]


async def test_every_source_is_asked_once_by_the_query_that_discovery_publishes() -> None:
    """And nothing else."""
    asked: list[str] = []

    response = await fetched(LUMP, asked=asked)

    assert response.status_code == 200
    assert sorted(asked) == sorted(source.query("p1") for source in SOURCES)


async def test_prefetch_and_fetch_give_the_same_bytes() -> None:
    """The same chart is the same answer, wherever it came from."""
    sent = await answer_to(call_of(LUMP.prefetch()))

    assert (await fetched(LUMP)).content == sent.content


async def test_a_search_that_finds_one_resource_may_return_it_bare() -> None:
    """Some small servers do."""
    lump: Resource = LUMP.of_type("Condition")[0]
    faults = {"Condition": httpx.Response(200, json=lump)}

    assert trace((await fetched(LUMP, faults=faults)).json())["state"] == "treated"
