"""The only way out: which servers are asked, with what, and what is taken from them.

It must not reach beyond this machine.
It tests cds_service/security/egress.py.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise

import httpx
import pytest
import respx

from cds_service.config.settings import Profile, Settings
from cds_service.errors import ServerNotAllowed
from cds_service.security.egress import AccessToken, FetchFailure, FhirAccess, FhirClient, Outside
from tests.security.outside import listening
from tests.tokens import HandTimer

pytestmark = pytest.mark.anyio

BASE = "http://localhost:8080/fhir"
URL = f"{BASE}/Patient/1"
PATIENT = b'{"resourceType":"Patient"}'
MAX_BYTES = 1000


@asynccontextmanager
async def _client(settings: Settings | None = None) -> AsyncIterator[FhirClient]:
    client = FhirClient((settings or Settings()).egress_options())
    yield client
    await client.close()


@asynccontextmanager
async def _server(answer: bytes, heard: list[bytes] | None = None) -> AsyncIterator[str]:
    """Return the base of a server on loopback that answers these bytes and hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if heard is not None:
            heard.append(request)
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with listening(handle) as port:
        yield f"http://127.0.0.1:{port}/fhir"


async def _get(base: str, settings: Settings | None = None) -> bytes | FetchFailure:
    async with _client(settings) as client:
        return await client.get(client.access(base), f"{base}/Patient/1", MAX_BYTES)


@pytest.mark.parametrize(
    "server, base",
    [
        ("http://localhost:8080/fhir/", "http://localhost:8080/fhir"),
        ("https://127.0.0.1:9443", "https://127.0.0.1:9443"),
        ("https://r4.smarthealthit.org/", "https://r4.smarthealthit.org"),
        ("https://launch.smarthealthit.org/v/r4/fhir", "https://launch.smarthealthit.org/v/r4/fhir"),
    ],
)
async def test_development_may_ask_loopback_and_the_test_servers(server: str, base: str) -> None:
    """That is enough for the sandbox and for a FHIR server on one's own machine."""
    async with _client() as client:
        assert client.access(server).base == base


@pytest.mark.parametrize("server", ["https://evil.example", "http://r4.smarthealthit.org", "http://10.0.0.1", "x", ""])
@pytest.mark.parametrize("settings", [Settings(), Settings(profile=Profile.PRODUCTION)])
async def test_a_server_that_is_not_listed_is_refused(server: str, settings: Settings) -> None:
    """No name is resolved and nothing is sent."""
    async with _client(settings) as client:
        with pytest.raises(ServerNotAllowed):
            client.access(server)


async def test_a_list_of_the_settings_replaces_the_profiles() -> None:
    """Also in development, and down to the path."""
    async with _client(Settings(fhir_servers=("https://ehr.example/fhir/r4",))) as client:
        assert client.access("https://ehr.example/fhir/r4/").base == "https://ehr.example/fhir/r4"
        for server in ("http://localhost:8080/fhir", "https://ehr.example/fhir", "https://ehr.example/fhir/r5"):
            with pytest.raises(ServerNotAllowed):
                client.access(server)


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8080/x", "http://localhost:9090/fhir/Patient/1", "https://evil.example/x", f"{BASE}/../x", ""],
)
@respx.mock
async def test_nothing_outside_the_servers_base_is_asked(url: str) -> None:
    """Whatever a link or a reference says; respx would fail on any request."""
    async with _client() as client:
        assert await client.get(client.access(BASE), url, MAX_BYTES) == FetchFailure("not-allowed")


@respx.mock
async def test_leave_that_was_not_given_here_does_not_open_another_server() -> None:
    """The list is looked at for every request."""
    async with _client() as client:
        answer = await client.get(FhirAccess("https://evil.example"), "https://evil.example/Patient/1", MAX_BYTES)

    assert answer == FetchFailure("not-allowed")


@respx.mock
async def test_a_request_asks_for_plain_fhir_json_with_the_callers_token() -> None:
    """Identity encoding, so that bytes can be counted; the token in its header and nowhere else."""
    route = respx.get(URL).respond(content=PATIENT)

    async with _client() as client:
        assert await client.get(client.access(BASE, AccessToken("secret")), URL, MAX_BYTES) == PATIENT

    sent = route.calls.last.request
    assert sent.headers["accept"] == "application/fhir+json"
    assert sent.headers["accept-encoding"] == "identity"
    assert sent.headers["authorization"] == "Bearer secret"
    assert "secret" not in str(sent.url)


@respx.mock
async def test_a_request_without_token_has_no_authorization() -> None:
    """Nor that of the call before."""
    route = respx.get(URL).respond(content=PATIENT)

    async with _client() as client:
        await client.get(client.access(BASE, AccessToken("secret")), URL, MAX_BYTES)
        await client.get(client.access(BASE), URL, MAX_BYTES)

    assert "authorization" not in route.calls.last.request.headers


@respx.mock
async def test_two_callers_at_once_each_show_their_own_token_to_their_own_server() -> None:
    """A token that another server sees opens a chart to it."""
    seen: dict[str, set[str]] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen.setdefault(request.url.host, set()).add(request.headers["authorization"])
        return httpx.Response(200, content=PATIENT)

    respx.get(url__regex=".*").mock(side_effect=answer)
    servers = {"localhost": "first", "127.0.0.1": "second"}

    async with _client() as client:
        accesses = {host: client.access(f"http://{host}/fhir", AccessToken(token)) for host, token in servers.items()}
        reads = (
            client.get(access, f"{access.base}/Patient/1", MAX_BYTES) for access in accesses.values() for _ in range(20)
        )
        await asyncio.gather(*reads)

    assert seen == {"localhost": {"Bearer first"}, "127.0.0.1": {"Bearer second"}}


async def test_two_clients_under_load_never_show_each_others_token() -> None:
    """200 calls of two registered clients, interleaved over one transport and one server that both may ask."""
    order: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        token, asked = request.headers.get("authorization", ""), str(request.url).rpartition("/")[2]
        order.append(asked.partition("-")[0])
        for _ in range(sum(asked.encode()) % 7):
            await asyncio.sleep(0)
        return httpx.Response(200, stream=httpx.ByteStream(f"{token} for {asked}".encode()))

    everyone = FhirClient(Settings().egress_options(), httpx.MockTransport(answer))
    clients = {name: everyone.limited_to(Settings().allowed_servers(), client=name) for name in ("north", "south")}

    async def read(name: str, number: int) -> tuple[str, bytes | FetchFailure]:
        client = clients[name]
        access = client.access(BASE, AccessToken(f"{name}-{number}") if number % 10 else None)
        expected = f"Bearer {name}-{number} for {name}-{number}" if number % 10 else f" for {name}-{number}"
        return expected, await client.get(access, f"{BASE}/{name}-{number}", MAX_BYTES)

    answers = await asyncio.gather(*(read(name, number) for number in range(100) for name in clients))

    assert len(answers) == 200
    assert [body for _, body in answers] == [expected.encode() for expected, _ in answers]
    assert sum(one != other for one, other in pairwise(order)) > 50
    await everyone.close()


@respx.mock
async def test_cookies_are_not_kept() -> None:
    """They would tie the calls of two users together."""
    route = respx.get(URL).respond(content=PATIENT, headers={"Set-Cookie": "session=CANARY; Path=/"})

    async with _client() as client:
        await client.get(client.access(BASE), URL, MAX_BYTES)
        await client.get(client.access(BASE), URL, MAX_BYTES)

    assert "cookie" not in route.calls.last.request.headers


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would see charts; with this one, nothing would be reached."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    async with _server(_http(PATIENT)) as base:
        assert await _get(base) == PATIENT


@pytest.mark.parametrize(
    "status, reason",
    [
        (401, "unauthorized"),
        (403, "unauthorized"),
        (404, "not-found"),
        (410, "not-found"),
        (400, "status-400"),
        (429, "status-429"),
        (500, "server-error"),
        (503, "server-error"),
        (204, "status-204"),
        (206, "status-206"),
        (304, "redirect"),
    ],
)
@respx.mock
async def test_an_answer_that_is_no_200_is_named_and_not_read(status: int, reason: str) -> None:
    """Half an answer, an old one and an error are not the chart."""
    respx.get(URL).respond(status, content=PATIENT)

    async with _client() as client:
        assert await client.get(client.access(BASE), URL, MAX_BYTES) == FetchFailure(reason)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@respx.mock
async def test_a_redirect_is_not_followed(status: int) -> None:
    """Not even to the same server; respx would fail on a second request."""
    respx.get(URL).respond(status, headers={"Location": f"{BASE}/Patient/2"})

    async with _client() as client:
        assert await client.get(client.access(BASE, AccessToken("secret")), URL, MAX_BYTES) == FetchFailure("redirect")


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, gzip", "x"])
@respx.mock
async def test_a_compressed_answer_is_refused(encoding: str) -> None:
    """It was not asked for, and may unpack to anything."""
    respx.get(URL).respond(headers={"Content-Encoding": encoding}, stream=_Pieces([b"x"]))

    async with _client() as client:
        assert await client.get(client.access(BASE), URL, MAX_BYTES) == FetchFailure("encoding")


@pytest.mark.parametrize("sizes", [[MAX_BYTES + 1], [600, 600], [600] * 1_000_000])
@respx.mock
async def test_an_answer_is_cut_off_where_it_gets_too_long(sizes: list[int]) -> None:
    """Also an endless one: bytes are counted as they arrive."""
    pieces = _Pieces(b"x" * size for size in sizes)
    respx.get(URL).respond(stream=pieces)

    async with _client() as client:
        assert await client.get(client.access(BASE), URL, MAX_BYTES) == FetchFailure("too-large")

    assert pieces.given <= 2
    assert pieces.closed


@respx.mock
async def test_an_answer_of_exactly_the_limit_is_taken() -> None:
    """The limit is what may come."""
    respx.get(URL).respond(stream=_Pieces([b"x" * 500, b"x" * 500]))

    async with _client() as client:
        assert await client.get(client.access(BASE), URL, MAX_BYTES) == b"x" * MAX_BYTES


@pytest.mark.parametrize(
    "error, reason",
    [
        (httpx.ConnectError("name or service not known CANARY"), "unreachable"),
        (httpx.ConnectTimeout("CANARY"), "late"),
        (httpx.ReadTimeout("CANARY"), "late"),
        (httpx.PoolTimeout("CANARY"), "busy"),
        (httpx.ReadError("CANARY"), "unreachable"),
        (httpx.RemoteProtocolError("CANARY"), "broken-answer"),
        (httpx.InvalidURL("CANARY"), "unreachable"),
    ],
)
@respx.mock
async def test_a_failure_on_the_way_is_named_without_its_text(error: Exception, reason: str) -> None:
    """The text holds the URL, and that holds the patient."""
    respx.get(URL).mock(side_effect=error)

    async with _client() as client:
        assert await client.get(client.access(BASE), URL, MAX_BYTES) == FetchFailure(reason)


async def test_a_server_that_stops_in_the_middle_is_given_up() -> None:
    """Its headers came in time, the page doesn't."""

    async def stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await asyncio.Event().wait()

    async with listening(stop) as port:
        assert await _get(f"http://127.0.0.1:{port}/fhir", Settings(fhir_timeout_s=0.05)) == FetchFailure("late")


@pytest.mark.parametrize("begun, piece", [
    (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "),
], ids=["headers", "body"])  # fmt: skip
async def test_a_server_that_drips_is_given_up(begun: bytes, piece: bytes) -> None:
    """Each piece comes before anybody who waits for a piece would lose patience; the page doesn't."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(begun)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.002)

    async with listening(drip) as port:
        began = time.monotonic()
        assert await _get(f"http://127.0.0.1:{port}/fhir", Settings(fhir_timeout_s=0.1)) == FetchFailure("late")
        assert time.monotonic() - began < 2


async def test_headers_without_end_are_no_answer() -> None:
    """They are counted too."""
    async with _server(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100_000) as base:
        assert await _get(base) == FetchFailure("broken-answer")


async def test_a_server_that_hangs_is_left_alone_after_a_while() -> None:
    """What comes then is answered at once, and asked of it again after the pause."""
    clock, hangs = HandTimer(), True

    async def answer(_request: httpx.Request) -> httpx.Response:
        if hangs:
            await asyncio.Event().wait()
        return httpx.Response(200, stream=httpx.ByteStream(PATIENT))

    settings = Settings(fhir_timeout_s=0.01, breaker_failures=3, breaker_pause_s=30)
    client = FhirClient(settings.egress_options(), outside=Outside(httpx.MockTransport(answer), monotonic=clock))
    access = client.access(BASE)

    assert [await client.get(access, URL, MAX_BYTES) for _ in range(3)] == [FetchFailure("late")] * 3
    hangs = False
    assert await client.get(access, URL, MAX_BYTES) == FetchFailure("circuit-open")
    clock.seconds += 30
    assert await client.get(access, URL, MAX_BYTES) == PATIENT
    await client.close()


async def test_a_real_answer_comes_through() -> None:
    """Over a socket, with the headers that a server sees."""
    heard: list[bytes] = []

    async with _server(_http(PATIENT), heard) as base:
        assert await _get(base) == PATIENT

    assert b"GET /fhir/Patient/1 HTTP/1.1\r\n" in heard[0]
    assert b"Accept-Encoding: identity\r\n" in heard[0]


async def test_an_answer_that_breaks_off_is_no_answer() -> None:
    """Fewer bytes came than were declared."""
    async with _server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{") as base:
        assert await _get(base) == FetchFailure("broken-answer")


async def test_an_answer_that_is_no_http_is_no_answer() -> None:
    """Something else listens there."""
    async with _server(b"SSH-2.0-OpenSSH_9.6\r\n") as base:
        assert await _get(base) == FetchFailure("broken-answer")


async def test_a_server_that_is_down_is_unreachable() -> None:
    """Its port was free a moment ago."""
    async with _server(b"") as base:
        pass

    assert await _get(base) == FetchFailure("unreachable")


def test_a_token_is_not_shown_when_it_is_printed() -> None:
    """A traceback or a debugger would print it."""
    assert "CANARY" not in repr(FhirAccess(BASE, AccessToken("CANARY")))


def _http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body)


class _Pieces(httpx.AsyncByteStream):
    """A body that comes piece by piece, and counts what was taken of it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.given = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.given += 1
            yield piece

    async def aclose(self) -> None:
        self.closed = True
