"""Bad requests: each gets a clear 4xx with an OperationOutcome that repeats nothing of it.

It must not test what a chart may hold: that is the hook's part.
It tests cds_service/api/invoke.py, api/body.py, api/error_responses.py and hooks/request.py.
"""

import gzip
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from cds_service.config.settings import Settings
from tests.service.small_service import CALL, NO_CARDS, PATH, calling, error_code, small_app

pytestmark = pytest.mark.anyio

CANARY = "CANARY-7f3a"
JSON = {"Content-Type": "application/json"}
SMALL_BODIES = Settings(max_body_bytes=2048)


async def _post(content: bytes, settings: Settings | None = None, headers: Mapping[str, str] = JSON) -> httpx.Response:
    async with calling(small_app(settings)) as client:
        return await client.post(PATH, content=content, headers={**JSON, **headers})


def _call(**changes: object) -> bytes:
    changed = {**CALL, **changes}
    return json.dumps({name: value for name, value in changed.items() if value != "ABSENT"}).encode()


def _nested(depth: int) -> bytes:
    return b'{"x":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"not json",
        f"<html>{CANARY}</html>".encode(),
        _call()[:-1],
        _call() + b"x",
        b"\xef\xbb\xbf" + _call(),
        _call().replace(b"1288992", b"\xff\xfe"),
        _call(prefetch={"patient": {"name": "NAME"}}).replace(b"NAME", b"\xc3\x28"),
        _call(extension="VALUE").replace(b'"VALUE"', b"NaN"),
        _call(extension="VALUE").replace(b'"VALUE"', b"Infinity"),
        _call(prefetch={"patient": {"x": "VALUE"}}).replace(b'"VALUE"', b"-Infinity"),
        _call(prefetch={"patient": {"x": "VALUE"}}).replace(b"VALUE", b"\\ud800"),
        _call(prefetch={"patient": {"x": "VALUE"}}).replace(b"VALUE", b"a\nb"),
        _call(prefetch={"patient": {"x": "VALUE"}}).replace(b'"VALUE"', b"01"),
        _call(prefetch={"patient": [1, 2]}).replace(b"2]", b"2,]"),
        _call().replace(b"{", b"{/* comment */", 1),
        _nested(10_000),
        b'{"x":' * 100_000,
        _call(prefetch={"patient": "VALUE"}).replace(b'"VALUE"', _nested(10_000)),
    ],
)
async def test_a_body_that_is_no_strict_json_is_refused(content: bytes) -> None:
    """Two readers could take it for two different things; also inside the chart, also where nobody looks."""
    answer = await _post(content)

    assert answer.status_code == 400
    assert error_code(answer) == "not-json"
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    "changes, element",
    [
        ({"hook": "ABSENT"}, "hook"),
        ({"hook": 5}, "hook"),
        ({"hook": None}, "hook"),
        ({"hookInstance": "ABSENT"}, "hookInstance"),
        ({"hookInstance": None}, "hookInstance"),
        ({"hookInstance": ""}, "hookInstance"),
        ({"hookInstance": CANARY}, "hookInstance"),
        ({"hookInstance": "d1577c69dfbe44adba6d3e05e953b2ea"}, "hookInstance"),
        ({"hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea\n"}, "hookInstance"),
        ({"hookInstance": "urn:uuid:d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"}, "hookInstance"),
        ({"hookInstance": ["d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"]}, "hookInstance"),
        ({"context": "ABSENT"}, "context"),
        ({"context": None}, "context"),
        ({"context": []}, "context"),
        ({"context": CANARY}, "context"),
        ({"context": {}}, "context.patientId"),
        ({"context": {"patientId": None}}, "context.patientId"),
        ({"context": {"patientId": ""}}, "context.patientId"),
        ({"context": {"patientId": 1288992}}, "context.patientId"),
        ({"context": {"patientId": "."}}, "context.patientId"),
        ({"context": {"patientId": ".."}}, "context.patientId"),
        ({"context": {"patientId": f"../{CANARY}"}}, "context.patientId"),
        ({"context": {"patientId": f"{CANARY}?x=1"}}, "context.patientId"),
        ({"context": {"patientId": f"Patient/{CANARY}"}}, "context.patientId"),
        ({"context": {"patientId": "a\n"}}, "context.patientId"),
        ({"context": {"patientId": "a\u0000"}}, "context.patientId"),
        ({"context": {"patientId": "\u0661\u0662"}}, "context.patientId"),
        ({"context": {"patientId": "a" * 65}}, "context.patientId"),
        ({"prefetch": []}, "prefetch"),
        ({"prefetch": CANARY}, "prefetch"),
        ({"prefetch": 5}, "prefetch"),
        ({"prefetch": True}, "prefetch"),
        ({"fhirServer": 5}, "fhirServer"),
        ({"fhirServer": {"url": CANARY}}, "fhirServer"),
        ({"fhirAuthorization": {"access_token": "a", "patient": CANARY}}, "fhirAuthorization.patient"),
    ],
)
async def test_an_element_that_is_missing_or_ill_formed_is_named(changes: dict[str, Any], element: str) -> None:
    """The error names the element and its rule, and never repeats the value."""
    answer = await _post(_call(**changes))

    assert answer.status_code == 400
    assert error_code(answer) == "invalid-request"
    assert f"`{element}`" in answer.json()["issue"][0]["details"]["text"]
    assert CANARY not in answer.text


@pytest.mark.parametrize("content", [b"[]", b"null", b'"text"', b"5", b"  [1]"])
async def test_a_body_that_is_no_object_is_refused(content: bytes) -> None:
    """It is JSON, but no call."""
    answer = await _post(content)

    assert answer.status_code == 400
    assert error_code(answer) == "invalid-request"
    assert "`body`" in answer.text


@pytest.mark.parametrize("hook", ["order-select", "Patient-View", "", "patient-view "])
async def test_a_call_of_another_hook_is_refused(hook: str) -> None:
    """A service answers the hook that discovery lists."""
    answer = await _post(_call(hook=hook))

    assert answer.status_code == 400
    assert error_code(answer) == "wrong-hook"


@pytest.mark.parametrize(
    "content",
    [
        _call().replace(b'"hook":', b'"hook": "patient-view", "hook":'),
        _call().replace(b'"hook":', b'"context": {"patientId": "other"}, "hook":'),
        _call().replace(b'"patientId"', b'"patientId": "other", "patientId"'),
        _call().replace(b'"patientId"', b'"\\u0070atientId": "other", "patientId"'),
        _call(extension={"a": 1}).replace(b'"a"', b'"a": 2, "a"'),
        _call(prefetch={"patient": {"a": 1}}).replace(b'"patient": {', b'"patient": {"b": 2}, "patient": {'),
        _call(prefetch={"patient": {"a": 1}}).replace(b'"patient": {', b'"patient": null, "patient": {'),
        _call(prefetch={"a": None}).replace(b'"a": null', b'"a": null, "a": null'),
        _call(prefetch={"a": {}, "b": {}}).replace(b'"b": {}', b'"b": {}, "a": {}'),
        _call(prefetch={"a": 1}).replace(b'"prefetch"', b'"prefetch": {"a": 2}, "prefetch"'),
        _call(prefetch={"a": 1}).replace(b'"prefetch"', b'"prefetch": {"a": 1}, "prefetch"'),
        _call(prefetch={"a": 1}).replace(b'"prefetch"', b'"prefetch": null, "prefetch"'),
        _call(prefetch={"a": 1}).replace(b'"prefetch"', b'"pre\\u0066etch"'),
    ],
)
async def test_a_key_that_stands_twice_is_refused(content: bytes) -> None:
    """Most readers keep the last one silently; then two readers see two patients."""
    answer = await _post(content)

    assert answer.status_code == 400
    assert error_code(answer) == "duplicate-key"


@pytest.mark.parametrize(
    "server",
    [
        "https://evil.example/fhir",
        "http://169.254.169.254/latest",
        "http://r4.smarthealthit.org",
        "https://r4.smarthealthit.org.evil.example",
        "https://r4.smarthealthit.org@evil.example",
        "https://user:password@r4.smarthealthit.org/fhir",
        "https://r4.smarthealthit.org/fhir?x=1",
        "https://r4.smarthealthit.org/fhir#x",
        "https://r4.smarthealthit.org/../x",
        "https://r4.smarthealthit.org/%2e%2e/x",
        "https://r4.smarthealthit.org\\@evil.example",
        "http://localhost.evil.example/fhir",
        "http://0x7f000001/fhir",
        "http://2130706433/fhir",
        "http://[::ffff:127.0.0.1]/fhir",
        "http://localhost:8080/a\nb",
        "file:///etc/passwd",
        "//localhost/fhir",
        "localhost",
        "",
    ],
)
@pytest.mark.parametrize("prefetch", ["ABSENT", {"patient": {"resourceType": "Patient"}}])
async def test_a_fhir_server_that_is_not_listed_is_refused(server: str, prefetch: object) -> None:
    """Whatever prefetch holds, and before any name is resolved."""
    answer = await _post(_call(fhirServer=server, prefetch=prefetch))

    assert answer.status_code == 400
    assert error_code(answer) == "server-not-allowed"


async def test_no_fhir_server_is_allowed_beside_those_that_are_listed() -> None:
    """The test servers are for those who list none."""
    settings = Settings(fhir_servers=("https://ehr.example/fhir/r4",))

    refused = await _post(_call(fhirServer="https://r4.smarthealthit.org"), settings)
    taken = await _post(_call(fhirServer="https://EHR.example:443/fhir/r4/"), settings)

    assert error_code(refused) == "server-not-allowed"
    assert taken.status_code == 200


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("extra", [1, 100_000])
async def test_a_body_that_is_too_long_is_refused(extra: int, *, declared: bool) -> None:
    """Bytes are counted as they arrive, also when their number is not declared."""
    content = b" " * (2048 + extra)
    sent = content if declared else _pieces(content)
    async with calling(small_app(SMALL_BODIES)) as client:
        answer = await client.post(PATH, content=sent, headers=JSON)

    assert answer.status_code == 413
    assert error_code(answer) == "body-too-large"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_of_exactly_the_limit_is_read(*, declared: bool) -> None:
    """The limit is what may be sent, not what may not."""
    content = _call() + b" " * (2048 - len(_call()))
    async with calling(small_app(SMALL_BODIES)) as client:
        answer = await client.post(PATH, content=content if declared else _pieces(content), headers=JSON)

    assert answer.content == NO_CARDS


async def test_a_request_whose_frame_is_huge_is_refused() -> None:
    """Only the chart may be long: the rest is read by the slower, strict reader."""
    answer = await _post(_call(extension=["x" * 1024] * 1100))

    assert answer.status_code == 413


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "deflate", "gzip, gzip", "identity, gzip"])
async def test_a_compressed_body_is_refused(encoding: str) -> None:
    """A small one could unpack to a huge one."""
    answer = await _post(gzip.compress(_call()), headers={"Content-Encoding": encoding})

    assert answer.status_code == 415
    assert error_code(answer) == "unsupported-encoding"


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "text/html",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "json",
        "application/json; charset=latin-1",
        "application/json;charset=utf-16",
        "application/json; x=y; charset = utf-32",
    ],
)
async def test_a_body_that_is_not_declared_as_json_is_refused(media_type: str) -> None:
    """A web form can be sent from any page without asking; JSON can't."""
    answer = await _post(_call(), headers={"Content-Type": media_type})

    assert answer.status_code == 415
    assert error_code(answer) == "unsupported-media-type"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json; charset=utf-8"},
        {"Content-Type": 'Application/JSON;charset="UTF-8"'},
        {"Content-Type": "application/json; charset=utf8; x=y"},
        {"Content-Type": "application/fhir+json"},
        {"Content-Encoding": "identity"},
        {"Content-Encoding": ""},
    ],
)
async def test_each_way_to_declare_json_is_taken(headers: dict[str, str]) -> None:
    """Clients differ in how they write it."""
    assert (await _post(_call(), headers=headers)).status_code == 200


async def test_a_body_without_a_declared_type_is_taken_as_json() -> None:
    """Some clients leave it out."""
    async with calling(small_app()) as client:
        answer = await client.post(PATH, content=_call())

    assert "content-type" not in answer.request.headers
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"hookInstance": "D1577C69-DFBE-11AD-BA6D-3E05E953B2EA"},
        {"context": {"patientId": "a-B.9"}},
        {"context": {"patientId": "a" * 64, "userId": 5, "encounterId": None}},
        {"prefetch": None},
        {"prefetch": {}},
        {"prefetch": {"patient": None, "-user": "<html>", "x": [1]}},
        {"fhirServer": None},
        {"fhirServer": "http://localhost:8080/fhir"},
        {"fhirServer": "https://[0:0:0:0:0:0:0:1]:9000"},
        {"fhirServer": "https://R4.SmartHealthIT.org"},
        {"fhirServer": "https://launch.smarthealthit.org/v/r4/sim/WzIsIiJd/fhir/"},
        {"fhirAuthorization": None},
        {"fhirAuthorization": "text"},
        {"fhirAuthorization": {"access_token": "a", "token_type": "bearer", "scope": ["odd"], "patient": "1288992"}},
        {"extension": {"com.example": [{"deep": None}]}, "unknown": [1, {"a": {}}]},
    ],
)
async def test_what_clients_may_send_is_taken(changes: dict[str, Any]) -> None:
    """Any UUID, any user, unknown elements, a chart that is null or empty, a token or none."""
    answer = await _post(_call(**changes))

    assert answer.content == NO_CARDS


async def test_a_number_that_no_reader_can_hold_is_left_to_the_reader_of_the_chart() -> None:
    """It is JSON; what it means for a weight is not decided here."""
    content = _call(prefetch={"weight": "VALUE"}).replace(b'"VALUE"', b"1e400")

    assert (await _post(content)).content == NO_CARDS


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]
