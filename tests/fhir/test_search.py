"""One query to a FHIR server: all of its pages, or the reason why not.

It must not test what a resource says.
It tests cds_service/fhir/chart/search.py.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import respx

from cds_service.config.settings import Settings
from cds_service.fhir.chart.search import Fetched, FetchFailure, FhirAccess, read_resource, search
from cds_service.security.egress import AccessToken, FhirClient, Outside
from tests.tokens import HandTimer

pytestmark = pytest.mark.anyio

BASE = "http://localhost:8080/fhir"
QUERY = "Condition?patient=1&_count=2"
FIRST = f"{BASE}/{QUERY}"
PATIENT = b'{"resourceType":"Patient","id":"1"}'


def _bundle(*ids: str, next_link: str | None = None) -> bytes:
    links = [{"relation": "self", "url": FIRST}]
    if next_link is not None:
        links.append({"relation": "next", "url": next_link})
    entries = [{"resource": {"resourceType": "Condition", "id": each}} for each in ids]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}).encode()


@asynccontextmanager
async def _opened(**settings: int) -> AsyncIterator[tuple[FhirClient, FhirAccess]]:
    client = FhirClient(Settings(**settings).egress_options())  # type: ignore[arg-type]
    yield client, client.access(BASE, AccessToken("secret"))
    await client.close()


async def _search(*, first_next: str | None = None, **settings: int) -> Fetched | FetchFailure:
    async with _opened(**settings) as (client, access):
        return await search(client, access, QUERY, first_next=first_next)


async def _read() -> Fetched | FetchFailure:
    async with _opened() as (client, access):
        return await read_resource(client, access, "Patient/1")


def _sent(answer: Fetched | FetchFailure) -> tuple[bytes, ...]:
    """The pages of an answer as the server sent them."""
    assert isinstance(answer, Fetched)
    return tuple(bytes(page.source) for page in answer.pages)


@respx.mock
async def test_a_search_of_one_page_is_that_page() -> None:
    """Its bytes come as the server sent them."""
    page = _bundle("a", "b")
    respx.get(FIRST).respond(content=page)

    assert _sent(await _search()) == (page,)


@respx.mock
async def test_an_empty_bundle_is_an_answer() -> None:
    """The server looked and has nothing: that is known."""
    page = b'{"resourceType":"Bundle","type":"searchset","total":0}'
    respx.get(FIRST).respond(content=page)

    assert _sent(await _search()) == (page,)


@pytest.mark.parametrize(
    "links",
    [
        [f"{BASE}?_getpages=abc&page=2", f"{BASE}?_getpages=abc&page=3"],
        [f"{BASE}/Condition?page=2", f"{BASE}/Condition/?page=3"],
        ["Condition?page=2", "?page=3"],
        ["HTTP://LOCALHOST:8080/fhir?page=2", "/fhir/Condition?page=3"],
    ],
)
@respx.mock
async def test_a_search_follows_its_pages_under_the_base(links: list[str]) -> None:
    """However the server spells the link; every request carries the token."""
    pages = [_bundle("a", next_link=links[0]), _bundle("b", next_link=links[1]), _bundle("c")]
    route = respx.get(url__startswith="http://localhost:8080/fhir").mock(
        side_effect=[httpx.Response(200, content=page) for page in pages]
    )

    assert _sent(await _search()) == tuple(pages)
    assert [call.request.headers["authorization"] for call in route.calls] == ["Bearer secret"] * 3
    assert [str(call.request.url).rpartition("=")[2] for call in route.calls] == ["2", "2", "3"]


@respx.mock
async def test_a_search_can_go_on_where_prefetch_stopped() -> None:
    """The first page came with the call; the search starts at its next link."""
    page = _bundle("c")
    respx.get(f"{BASE}?page=2").respond(content=page)

    assert _sent(await _search(first_next=f"{BASE}?page=2")) == (page,)


@pytest.mark.parametrize(
    "link",
    [
        "https://localhost:8080/fhir?page=2",
        "http://localhost:8081/fhir?page=2",
        "http://127.0.0.1:8080/fhir?page=2",
        "http://evil.example/fhir?page=2",
        "//evil.example/fhir?page=2",
        "http://localhost:8080@evil.example/fhir?page=2",
        "http://localhost:8080/other?page=2",
        "http://localhost:8080/fhirother?page=2",
        "http://localhost:8080/fhir/../admin?page=2",
        "http://localhost:8080/fhir/%2e%2e/admin?page=2",
        "../../admin",
        "http://localhost:8080/fhir?page=2#x",
        "http://localhost:8080/fhir\\..\\admin",
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
    ],
)
@respx.mock
async def test_a_next_link_that_leaves_the_base_is_not_followed(link: str) -> None:
    """Neither from a page nor from prefetch; and half an answer is no answer. respx would fail on a request to it."""
    respx.get(FIRST).respond(content=_bundle("a", next_link=link))

    assert await _search() == FetchFailure("foreign-next-link")
    if "//" in link:
        assert await _search(first_next=link) == FetchFailure("foreign-next-link")


@respx.mock
async def test_a_next_link_that_comes_back_is_not_followed() -> None:
    """A server that loops would never end."""
    respx.get(f"{BASE}?page=2").respond(content=_bundle("b", next_link=FIRST))
    respx.get(FIRST).respond(content=_bundle("a", next_link=f"{BASE}?page=2"))

    assert await _search() == FetchFailure("repeated-next-link")


@respx.mock
async def test_a_search_of_too_many_pages_is_given_up() -> None:
    """An endless chain of new links would never end either."""
    route = respx.get(url__startswith=BASE).mock(
        side_effect=lambda request: httpx.Response(200, content=_bundle("a", next_link=f"{request.url}1"))
    )

    assert await _search(max_pages=5) == FetchFailure("too-many-pages")
    assert route.call_count == 5


@respx.mock
async def test_a_search_of_exactly_as_many_pages_as_allowed_is_answered() -> None:
    """The limit is what may come."""
    respx.get(f"{BASE}?page=2").respond(content=_bundle("b"))
    respx.get(FIRST).respond(content=_bundle("a", next_link=f"{BASE}?page=2"))

    answer = await _search(max_pages=2)

    assert isinstance(answer, Fetched)
    assert len(answer.pages) == 2


@respx.mock
async def test_the_pages_of_a_search_are_counted_together() -> None:
    """Each is below the limit, all of them are above it."""
    respx.get(f"{BASE}?page=2").respond(content=_bundle("b" * 600))
    respx.get(FIRST).respond(content=_bundle("a" * 600, next_link=f"{BASE}?page=2"))

    assert await _search(max_source_bytes=1100) == FetchFailure("too-large")


async def test_every_page_gets_what_the_call_has_left() -> None:
    """The first page took all but a moment; the second is not asked for when that is over."""
    clock = HandTimer()

    def answer(request: httpx.Request) -> httpx.Response:
        clock.seconds += 3.0
        number = int(request.url.params.get("page", "1"))
        page = _bundle("a", next_link=f"{BASE}?page={number + 1}")
        return httpx.Response(200, stream=httpx.ByteStream(page))

    client = FhirClient(Settings().egress_options(), outside=Outside(httpx.MockTransport(answer), monotonic=clock))
    access = client.access(BASE).until(client.now() + 8.0)

    assert await search(client, access, QUERY) == FetchFailure("late")
    assert clock.seconds == 1009.0
    await client.close()


@respx.mock
async def test_a_page_is_not_asked_for_after_the_server_said_to_wait() -> None:
    """Neither by this search nor by another one of the call that has begun."""
    route = respx.get(url__startswith=f"{BASE}?page=").respond(429, headers={"Retry-After": "1"})
    respx.get(FIRST).respond(content=_bundle("a", next_link=f"{BASE}?page=2"))

    async with _opened() as (client, access):
        assert await search(client, access, QUERY) == FetchFailure("status-429")
        assert await search(client, access, QUERY) == FetchFailure("status-429")

    assert route.call_count == 1


FAULTS = [
    ({"content": b"<html><body>Sign in</body></html>", "content_type": "text/html"}, "not-json"),
    ({"content": b""}, "not-json"),
    ({"content": _bundle("a")[:-5]}, "not-json"),
    ({"content": b'{"resourceType":"Bundle","x":NaN}'}, "not-json"),
    ({"content": _bundle("NAME").replace(b"NAME", b"\xff")}, "not-json"),
    ({"content": b"[" * 100_000}, "not-fhir"),
    ({"content": b'{"resourceType":"Bundle","x":' + b"[" * 100_000}, "not-json"),
    ({"content": b"[]"}, "not-fhir"),
    ({"content": b"{}"}, "not-fhir"),
    ({"content": b"null"}, "not-fhir"),
    ({"content": b'{"resourceType":"OperationOutcome","issue":[]}'}, "operation-outcome"),
    ({"status_code": 401, "content": PATIENT}, "unauthorized"),
    ({"status_code": 403}, "unauthorized"),
    ({"status_code": 404}, "not-found"),
    ({"status_code": 429}, "status-429"),
    ({"status_code": 500}, "server-error"),
    ({"status_code": 302, "headers": {"Location": "http://evil.example/"}}, "redirect"),
    ({"headers": {"Content-Encoding": "gzip"}, "stream": httpx.ByteStream(b"\x1f\x8b")}, "encoding"),
    ({"content": b" " * (16 * 1024 * 1024 + 1)}, "too-large"),
]


@pytest.mark.parametrize("answer, reason", FAULTS)
@respx.mock
async def test_a_faulty_answer_is_named(answer: dict[str, object], reason: str) -> None:
    """For a read, for a search, and for a later page: never silence."""
    respx.get(f"{BASE}/Patient/1").respond(**answer)  # type: ignore[arg-type]
    respx.get(f"{BASE}?page=2").respond(**answer)  # type: ignore[arg-type]
    respx.get(FIRST).respond(**answer)  # type: ignore[arg-type]

    assert await _read() == FetchFailure(reason)
    assert await _search() == FetchFailure(reason)

    respx.get(FIRST).respond(content=_bundle("a", next_link=f"{BASE}?page=2"))
    assert await _search() == FetchFailure(reason)


RESOURCE = b'{"resourceType":"Condition","id":"a"}'
TWICE = {
    "entry": b'"entry":[{"resource":%b}],"entry":[]' % RESOURCE,
    "resource": b'"entry":[{"resource":%b,"resource":%b}]' % (RESOURCE, RESOURCE),
    "resource beside an empty entry": b'"entry":[{},{"resource":%b,"resource":%b}]' % (RESOURCE, RESOURCE),
    "resource in other letters": b'"entry":[{"\\u0072esource":%b,"resource":%b}]' % (RESOURCE, RESOURCE),
    "link": b'"link":[{"relation":"next","url":"?page=2"}],"link":[]',
    "link before and after": b'"link":[{"relation":"next","url":"?page=2"}],"entry":[{"resource":%b}],"link":[]'
    % RESOURCE,
    "type": b'"entry":[{"resource":%b}],"resourceType":"Condition"' % RESOURCE,
}


@pytest.mark.parametrize("frame", TWICE.values(), ids=TWICE.keys())
@respx.mock
async def test_a_bundle_that_holds_a_part_twice_is_no_answer(frame: bytes) -> None:
    """A reader keeps the last one: entries or further pages would be lost in silence."""
    respx.get(FIRST).respond(content=b'{"resourceType":"Bundle","type":"searchset",%b}' % frame)

    assert await _search() == FetchFailure("duplicate-key")


@respx.mock
async def test_a_bundle_whose_resources_use_the_names_of_its_parts_is_an_answer() -> None:
    """A link of an entry, an entry of a list: each stands once where it is."""
    entry = b'{"link":[],"resource":{"resourceType":"List","entry":[{"resource":1}],"link":[]}}'
    page = b'{"resourceType":"Bundle","link":[],"entry":[%b,%b]}' % (entry, entry)
    respx.get(FIRST).respond(content=page)

    assert _sent(await _search()) == (page,)


@respx.mock
async def test_a_bundle_too_deep_to_be_looked_through_is_no_answer() -> None:
    """Where it has to be looked through."""
    deep = b'"entry":[{"resource":{"resourceType":"Condition","x":%b%b}}],"entry":[]' % (b"[" * 900, b"]" * 900)
    respx.get(FIRST).respond(content=b'{"resourceType":"Bundle",%b}' % deep)

    assert isinstance(await _search(), FetchFailure)


@pytest.mark.parametrize("error, reason", [
    (httpx.ConnectError("no such name"), "unreachable"),
    (httpx.ReadTimeout("slow"), "late"),
])  # fmt: skip
@respx.mock
async def test_a_server_that_does_not_answer_is_named(error: Exception, reason: str) -> None:
    """Down and slow are different things to an operator."""
    respx.get(url__startswith=BASE).mock(side_effect=error)

    assert await _read() == FetchFailure(reason)
    assert await _search() == FetchFailure(reason)


@pytest.mark.parametrize(
    "media_type", ["application/fhir+json", "application/json", "application/json+fhir", "text/plain"]
)
@respx.mock
async def test_what_a_server_calls_its_json_does_not_matter(media_type: str) -> None:
    """Servers differ; whether it is FHIR is seen by reading it."""
    respx.get(f"{BASE}/Patient/1").respond(content=PATIENT, content_type=media_type)

    assert _sent(await _read()) == (PATIENT,)


@respx.mock
async def test_a_byte_order_mark_of_a_server_is_dropped() -> None:
    """Some frameworks write one before their JSON."""
    respx.get(f"{BASE}/Patient/1").respond(content=b"\xef\xbb\xbf" + PATIENT)

    assert _sent(await _read()) == (PATIENT,)
