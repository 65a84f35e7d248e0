"""Searches by form: the patient's id stands in a body, where no server or proxy logs it.

It must not reach beyond this machine.
It tests cds_service/security/egress.py and the demo's FHIR endpoint.
"""

import asyncio
from datetime import date

import httpx
import pytest
import respx

from cds_service.config.settings import Settings
from cds_service.demo.charts import load_charts
from cds_service.demo.fhir_server import fhir_server
from cds_service.fhir.chart.search import Fetched, search
from cds_service.fhir.chart.sources import SOURCES
from cds_service.security.egress import AccessToken, FetchFailure, FhirClient
from tests.builders import FHIR, a_patient, fetched, searchset, serving, topics

pytestmark = pytest.mark.anyio

BASE = "http://localhost:8080/fhir"
QUERY = "Condition?patient=CANARY&_sort=-date&_count=2"
FIRST = f"{BASE}/{QUERY}"
FORM = f"{BASE}/Condition/_search"
PAGE = b'{"resourceType":"Bundle","type":"searchset"}'
LUMP = a_patient().with_history().with_lump()


def _client(search: str, transport: httpx.AsyncBaseTransport | None = None) -> FhirClient:
    return FhirClient(Settings(search=search).egress_options(), transport)  # type: ignore[arg-type]


async def _asked(client: FhirClient) -> bytes | FetchFailure:
    return await client.search(client.access(BASE, AccessToken("secret")), QUERY, 1000)


def test_searches_go_by_url_unless_it_is_set_otherwise() -> None:
    """Every FHIR server takes that."""
    assert Settings().search == "get"


@pytest.mark.parametrize("how", ["post", "auto"])
@respx.mock
async def test_a_search_by_form_holds_the_patient_in_its_body_only(how: str) -> None:
    """With the token in its header, as ever."""
    route = respx.post(FORM).respond(content=PAGE)
    client = _client(how)

    assert await _asked(client) == PAGE

    sent = route.calls.last.request
    assert sent.content == b"patient=CANARY&_sort=-date&_count=2"
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sent.headers["accept"] == "application/fhir+json"
    assert sent.headers["authorization"] == "Bearer secret"
    assert str(sent.url) == FORM
    await client.close()


@pytest.mark.parametrize("status", [404, 405, 415, 501])
@respx.mock
async def test_auto_asks_a_server_that_takes_no_forms_by_url_from_then_on(status: int) -> None:
    """It is tried once for each base, not once for each search."""
    form, url = respx.post(FORM).respond(status), respx.get(FIRST).respond(content=PAGE)
    client = _client("auto")
    limited = client.limited_to(Settings().allowed_servers(), client="north")

    assert [await _asked(client), await _asked(client), await _asked(limited)] == [PAGE] * 3

    assert (form.call_count, url.call_count) == (1, 3)
    await client.close()


@pytest.mark.parametrize("status, reason", [
    (400, "status-400"),
    (401, "unauthorized"),
    (403, "unauthorized"),
    (429, "status-429"),
    (500, "server-error"),
    (503, "server-error"),
    (302, "redirect"),
])  # fmt: skip
@respx.mock
async def test_auto_takes_any_other_failure_for_one(status: int, reason: str) -> None:
    """The server may take forms the next time; respx would fail on a GET."""
    route = respx.post(FORM).respond(status, headers={"Location": FIRST})
    client = _client("auto")

    assert [await _asked(client), await _asked(client)] == [FetchFailure(reason)] * 2
    assert route.call_count == 2
    await client.close()


@pytest.mark.parametrize("status, reason", [(404, "not-found"), (405, "status-405"), (501, "server-error")])
@respx.mock
async def test_post_never_falls_back_to_a_url(status: int, reason: str) -> None:
    """It was chosen so that no id of a patient stands in one."""
    respx.post(FORM).respond(status)
    client = _client("post")

    assert await _asked(client) == FetchFailure(reason)
    await client.close()


@respx.mock
async def test_a_client_can_have_its_own_way_of_searching() -> None:
    """Its server takes what others don't."""
    respx.post(FORM).respond(content=PAGE)
    respx.get(FIRST).respond(content=PAGE)
    client = _client("get")
    servers = Settings().allowed_servers()

    await _asked(client.limited_to(servers, search="post"))
    await _asked(client.limited_to(servers))

    assert [call.request.method for call in respx.calls] == ["POST", "GET"]
    await client.close()


@respx.mock
async def test_next_links_are_followed_by_url() -> None:
    """They are the server's own, and stand for the search that it has begun."""
    link = b'{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"%s"}]}'
    respx.post(FORM).respond(content=link % b"?page=2")
    respx.get(f"{BASE}/Condition?page=2").respond(content=PAGE)
    client = _client("post")

    answer = await search(client, client.access(BASE), QUERY)

    assert isinstance(answer, Fetched)
    assert len(answer.pages) == 2
    await client.close()


@pytest.mark.parametrize("how", ["get", "post", "auto"])
async def test_the_cards_are_the_same_however_a_server_is_searched(how: str) -> None:
    """And with a form no URL but that of the patient's own record holds the id."""
    urls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        kind, _, last = request.url.path.removeprefix("/fhir/").partition("/")
        if last != "_search":
            return serving(LUMP)(request)
        assert request.content.startswith(b"patient=p1&")
        return httpx.Response(200, json=searchset(LUMP.of_type(kind)))

    response = await fetched(LUMP, answer=answer, asked=urls, settings={"search": how})

    assert topics(response.json()) == {"local": "warning"}
    assert len(urls) == len(SOURCES)
    assert ([url for url in urls if "p1" in url] == ["Patient/p1"]) == (how != "get")


async def test_a_server_that_takes_no_forms_makes_no_difference_to_the_cards() -> None:
    """Twelve searches at once find that out together."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(405) if request.method == "POST" else serving(LUMP)(request)

    response = await fetched(LUMP, answer=answer, settings={"search": "auto"})

    assert topics(response.json()) == {"local": "warning"}


async def test_the_demos_server_is_searched_by_form() -> None:
    """As a real one: the form's answer is that of the URL."""
    charts = load_charts(date(2026, 6, 15))
    patient = charts.of_type("Patient")[0].id
    query = f"Condition?patient={patient}&_count=500"
    app = fhir_server(lambda: charts, FHIR.removesuffix("/fhir"))
    answers = []
    for how in ("get", "post"):
        client = _client(how, httpx.ASGITransport(app))
        answers.append(await client.search(client.access("http://localhost"), query, 100_000))
        await client.close()

    assert answers[0] == answers[1]
    assert isinstance(answers[0], bytes)
    assert b'"resourceType":"Condition"' in answers[0]


async def test_a_form_that_is_refused_while_others_are_under_way_is_remembered_once() -> None:
    """All of them are answered by URL."""
    forms = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal forms
        forms += request.method == "POST"
        await asyncio.sleep(0)
        return httpx.Response(405 if request.method == "POST" else 200, stream=httpx.ByteStream(PAGE))

    client = _client("auto", httpx.MockTransport(answer))

    assert await asyncio.gather(*(_asked(client) for _ in range(5))) == [PAGE] * 5
    assert await _asked(client) == PAGE
    assert forms == 5
    await client.close()
