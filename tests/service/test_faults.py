"""Every fault of a FHIR server in every source: an error 412, or an answer that says what was not seen. Never silence.

It must not take longer than its deadlines, and opens real sockets only where a transport can't show a fault.
It tests the service as a whole.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from cds_service.fhir.chart.sources import SOURCES, Need, Source
from tests.builders import (
    FHIR,
    LEFT_OUT,
    Chart,
    Resource,
    a_patient,
    answer_to,
    call_of,
    error_code,
    fetched,
    searchset,
    serving,
    topics,
    trace,
)
from tests.security.outside import listening

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CANARY = "CANARY"
LUMP = a_patient().with_history().with_lump()
NO_HISTORY = a_patient()
QUICK = {"hard_deadline_s": 0.1, "budget_s": 0.04}
ALLOWED_S = 2.0
"""Longest wait for any answer here: deadlines are a tenth of a second at most, and the machine may be busy."""
Fault = Callable[[str], Awaitable[httpx.Response]]


def _status(status: int, **headers: str) -> Fault:
    async def answer(_kind: str) -> httpx.Response:
        return httpx.Response(status, text=f"<html>{CANARY}</html>" if status != 204 else "", headers=headers)

    return answer


def _body(make: Callable[[str], str | bytes]) -> Fault:
    async def answer(kind: str) -> httpx.Response:
        return httpx.Response(200, content=make(kind))

    return answer


def _raises(error: type[httpx.TransportError]) -> Fault:
    async def answer(_kind: str) -> httpx.Response:
        raise error(CANARY)

    return answer


async def _hangs(_kind: str) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


class _Pieces(httpx.AsyncByteStream):
    """A body without end."""

    def __init__(self, piece: bytes, pause_s: float) -> None:
        self._piece = piece
        self._pause_s = pause_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"resourceType":"Bundle","entry":['
        while True:
            await asyncio.sleep(self._pause_s)
            yield self._piece


def _endless(piece: bytes, pause_s: float, **headers: str) -> Fault:
    async def answer(_kind: str) -> httpx.Response:
        return httpx.Response(200, headers=headers, stream=_Pieces(piece, pause_s))

    return answer


def _about(kind: str, patient: str) -> Resource:
    """A resource of a kind about a patient."""
    if kind == "Patient":
        return {"resourceType": kind, "id": patient}
    who = "patient" if kind == "Immunization" else "subject"
    return {"resourceType": kind, "id": "x1", who: {"reference": f"Patient/{patient}"}}


def _linked(link: str) -> Fault:
    return _body(lambda kind: json.dumps(searchset([_about(kind, "p1")], link=[{"relation": "next", "url": link}])))


def _twice(kind: str) -> str:
    """An answer that a reader of the last key takes for an empty one, or for another one."""
    if kind == "Patient":
        return json.dumps(_about(kind, "other"))[:-1] + ',"id":"p1"}'
    return json.dumps(searchset([_about(kind, "p1")]))[:-1] + ',"entry":[]}'


def _deep(kind: str) -> str:
    lists = "[" * 10_000 + "]" * 10_000
    resource = json.dumps(_about(kind, "p1"))[:-1] + f',"x":{lists}}}'
    return resource if kind == "Patient" else f'{{"resourceType":"Bundle","entry":[{{"resource":{resource}}}]}}'


FAULTS: dict[str, Fault] = {
    "timeout": _hangs,
    "connection refused": _raises(httpx.ConnectError),
    "connection cut": _raises(httpx.RemoteProtocolError),
    **{str(status): _status(status) for status in (204, 206, 400, 401, 403, 404, 410, 500, 501, 503)},
    "429": _status(429, **{"Retry-After": "3600"}),
    "redirect": _status(302, Location=f"{FHIR}/Patient/p1"),
    "HTML": _body(lambda _kind: f"<html>{CANARY}</html>"),
    "empty body": _body(lambda _kind: b""),
    "null": _body(lambda _kind: b"null"),
    "truncated": _body(lambda kind: json.dumps(searchset([_about(kind, "p1")]))[:-9]),
    "wrong content": _body(lambda _kind: b'{"hello":"CANARY"}'),
    "wrong type": _body(lambda _kind: b'{"resourceType":"Organization","name":"CANARY"}'),
    "OperationOutcome": _body(lambda _kind: b'{"resourceType":"OperationOutcome","issue":[{"diagnostics":"CANARY"}]}'),
    "no UTF-8": _body(lambda kind: json.dumps(searchset([_about(kind, "p1")])).encode("utf-16")),
    "duplicate keys": _body(_twice),
    "deep": _body(_deep),
    "endless body": _endless(b"[" * 60_000, 0),
    "dripping body": _endless(b" ", 0.002),
    "gzip bomb": _endless(b"\x1f\x8b" + b"\0" * 60_000, 0, **{"Content-Encoding": "gzip"}),
    "wrong patient": _body(lambda kind: json.dumps(searchset([_about(kind, "other")]))),
    "foreign next link": _linked("https://evil.example/fhir?page=2"),
    "next link of another port": _linked("http://127.0.0.1:9998/fhir?page=2"),
    "next link upwards": _linked(f"{FHIR}/../admin"),
    "next-link loop": _linked(f"{FHIR}/loop"),
}
SLOW = {"timeout", "dripping body"}
PAGED = {"foreign next link", "next link of another port", "next link upwards", "next-link loop"}


async def _answered(
    fault: str,
    source: Source,
    chart: Chart,
    prefetch: Resource | None = None,
    **settings: Any,  # noqa: ANN401
) -> httpx.Response:
    """The service's answer where one source has the fault, and the others are prefetched or fetched."""

    async def answer(request: httpx.Request) -> httpx.Response:
        kind = request.url.path.removeprefix("/fhir/").partition("/")[0]
        if kind in (source.resource_type, "loop"):
            return await FAULTS[fault](source.resource_type)
        return serving(chart)(request)

    limits: dict[str, float] = {"max_source_bytes": 100_000}
    if fault in SLOW:
        limits = QUICK if source.need is Need.REQUIRED else {"budget_s": 0.04}
    return await fetched(chart, prefetch, answer=answer, settings={**limits, **settings})


def _check(response: httpx.Response, fault: str, source: Source) -> None:
    """It is a 412, or it names the source."""
    assert CANARY not in response.text
    if response.status_code == 412:
        assert fault == "wrong patient" or source.need is Need.REQUIRED
        assert error_code(response) in {"missing-data", "wrong-patient", "unreadable-chart"}
        return
    assert response.status_code == 200
    assert source.need is not Need.REQUIRED
    assert source.resource_type in {gap["source"] for gap in trace(response.json())["notAssessable"]}


def _concerned(sources: Iterable[Source], fault: str) -> list[Source]:
    """The sources that can have a fault: Patient has no pages."""
    return [source for source in sources if not (source.is_read and fault in PAGED)]


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_fault_of_any_source_is_silence(fault: str) -> None:
    """With a cancer and a lump where all is fetched, and with neither where the rest came with the call."""
    for source in _concerned(SOURCES, fault):
        began = time.monotonic()
        _check(await _answered(fault, source, LUMP), fault, source)
        prefetch = NO_HISTORY.prefetch(**{source.key: LEFT_OUT})
        _check(await _answered(fault, source, NO_HISTORY, prefetch), fault, source)
        assert time.monotonic() - began < 2 * ALLOWED_S


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_what_must_be_known_is_a_card_where_a_client_asked_for_one(fault: str) -> None:
    """Except somebody else's record, which is no matter for a card."""
    required = (source for source in SOURCES if source.need is Need.REQUIRED)
    for source in _concerned(required, fault):
        response = await _answered(fault, source, LUMP, on_missing="card")
        if response.status_code == 412:
            assert error_code(response) in {"wrong-patient", "unreadable-chart"}
            continue
        assert topics(response.json()) == {"incomplete": "info"}
        assert CANARY not in response.text


@asynccontextmanager
async def _server(drip: bytes) -> AsyncIterator[str]:
    """A server on loopback that says the same few bytes again and again, to everybody."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(drip)
            await writer.drain()
            await asyncio.sleep(0.005)

    async with listening(handle) as port:
        yield f"http://127.0.0.1:{port}/fhir"


@pytest.mark.parametrize("drip", [b"X-A: b\r\n", b"Content-Length: 999999\r\n\r\n{"], ids=["headers", "body"])
async def test_a_server_that_drips_over_a_socket_is_a_412_within_the_deadline(drip: bytes) -> None:
    """Twelve connections that would never end."""
    async with _server(drip) as base:
        began = time.monotonic()
        response = await answer_to(call_of(None, fhirServer=base), **QUICK)

    assert (response.status_code, error_code(response)) == (412, "missing-data")
    assert time.monotonic() - began < ALLOWED_S


async def test_a_server_that_is_down_is_a_412() -> None:
    """Its port was free a moment ago."""
    async with _server(b"") as base:
        pass

    response = await answer_to(call_of(None, fhirServer=base))

    assert (response.status_code, error_code(response)) == (412, "missing-data")
