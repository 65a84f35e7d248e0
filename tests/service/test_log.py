"""Log lines: one a call, fields from a list, and nothing of a patient in them.

It must not test what a hook notes.
It tests cds_service/log.py and the logging in api/middleware.py and api/error_responses.py.
"""

import json
import logging
import sys
from collections.abc import Iterator

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from cds_service.errors import WrongPatient
from cds_service.fhir.chart.search import read_resource
from cds_service.hooks import HookService
from cds_service.hooks.context import HookContext
from cds_service.hooks.request import parse_request
from cds_service.log import Event, ServerLog, log_event, note
from cds_service.strict_json import Body
from tests.service.small_service import CALL, NO_CARDS, PATH, calling, failing_with, small_app

pytestmark = pytest.mark.anyio

CANARY = "CANARY-7f3a"


def _lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


async def test_a_call_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It says which endpoint, which hook, how it ended, how long it took and how much came in."""
    async with calling(small_app()) as client:
        await client.post(PATH, json=CALL)

    (line,) = _lines(capsys.readouterr().err)
    assert (line["event"], line["route"], line["hook"], line["status"]) == ("call", "invoke", "patient-view", 200)
    assert line["bytes_in"] == len(httpx.Request("POST", "http://x", json=CALL).content)
    assert isinstance(line["duration_ms"], float)
    assert str(line["timestamp"]).endswith("Z")


async def test_a_hook_adds_what_it_counted() -> None:
    """Its notes stand in the line of its own call only."""

    async def noting(_body: Body, _runtime: HookContext) -> bytes:
        note(cards=2, rules=("BRAIN-1", "LUNG-2"), state="curative")
        return NO_CARDS

    service = HookService("small", "patient-view", "Noting", "Notes.", "", {}, noting)
    with capture_logs() as lines:
        async with calling(small_app(service=service)) as client:
            await client.post(PATH, json=CALL)
            await client.get("/cds-services")

    assert (lines[0]["cards"], lines[0]["rules"], lines[0]["state"]) == (2, ("BRAIN-1", "LUNG-2"), "curative")
    assert "cards" not in lines[1]


async def test_an_error_is_found_by_the_id_that_was_answered() -> None:
    """The line holds its code and its id."""
    with capture_logs() as lines:
        async with calling(small_app()) as client:
            answer = await client.post(PATH, json={})

    (line,) = lines
    assert (line["status"], line["code"], line["error_id"]) == (400, "invalid-request", answer.json()["id"])


async def test_a_crash_is_logged_by_class_and_place() -> None:
    """A developer finds the line of code; the exception's text stays unsaid."""
    with capture_logs() as lines:
        async with calling(small_app(service=failing_with(KeyError(CANARY)))) as client:
            answer = await client.post(PATH, json=CALL)

    failure, call = lines
    assert (failure["event"], failure["exception"]) == ("failure", "KeyError")
    assert str(failure["where"]).startswith("cds_service.api.invoke:")
    assert failure["error_id"] == call["error_id"] == answer.json()["id"]
    assert CANARY not in str(lines)


async def test_a_chart_about_somebody_else_is_an_alarm() -> None:
    """Somebody has to look at that EHR."""
    with capture_logs() as lines:
        async with calling(small_app(service=failing_with(WrongPatient()))) as client:
            await client.post(PATH, json=CALL)

    assert [(line["event"], line.get("reason")) for line in lines] == [("alarm", "wrong-patient"), ("call", None)]


async def test_the_alarm_names_type_and_id_of_the_record_and_the_answer_its_type() -> None:
    """Whoever looks must find the record; the id of a Patient is never logged."""
    lines: list[dict[str, object]] = []
    for kind, record in (("Condition", "c-77"), (None, "p2")):
        with capture_logs() as found:
            async with calling(small_app(service=failing_with(WrongPatient(kind, record)))) as client:
                answer = await client.post(PATH, json=CALL)
        lines += [dict(line) for line in found[:1]]
        assert ("(Condition)" in answer.text) == (kind is not None)
        assert record not in answer.text

    assert (lines[0]["record_type"], lines[0]["record_id"]) == ("Condition", "c-77")
    assert "record_id" not in lines[1]


def _canary_requests() -> Iterator[httpx.Request]:
    base = "http://service.test"
    headers = {"Authorization": f"Bearer {CANARY}", "User-Agent": CANARY, "Origin": f"https://{CANARY}", "X": CANARY}
    call = {
        **CALL,
        "context": {"patientId": CANARY, "userId": CANARY},
        "fhirServer": f"http://localhost/{CANARY}",
        "fhirAuthorization": {"access_token": CANARY},
        "prefetch": {CANARY: {"name": CANARY}},
    }
    for changes in ({}, {"hook": CANARY}, {"hookInstance": CANARY}, {"fhirServer": f"https://{CANARY}.example"}):
        yield httpx.Request("POST", f"{base}{PATH}?{CANARY}", json={**call, **changes}, headers=headers)
    yield httpx.Request("POST", f"{base}{PATH}", content=CANARY, headers=headers)
    yield httpx.Request(
        "POST", f"{base}{PATH}", json=call, headers={"Content-Type": CANARY, "Content-Encoding": CANARY}
    )
    yield httpx.Request("POST", f"{base}/cds-services/{CANARY}", json=call, headers=headers)
    feedback = {"feedback": [{"card": CANARY, "outcome": CANARY, "overrideReason": {"userComment": CANARY}}]}
    yield httpx.Request("POST", f"{base}{PATH}/feedback", json=feedback, headers=headers)
    yield httpx.Request("GET", f"{base}/{CANARY}?{CANARY}={CANARY}", headers=headers)
    yield httpx.Request("TRACE", f"{base}/cds-services?{CANARY}", headers=headers)
    yield httpx.Request("OPTIONS", f"{base}{PATH}", headers={**headers, "Access-Control-Request-Method": CANARY})


async def _fetching(body: Body, context: HookContext) -> bytes:
    envelope = parse_request(body, "patient-view")
    access = context.fhir.access(envelope.fhir_server or "", envelope.access_token)
    answer = await read_resource(context.fhir, access, f"Patient/{envelope.patient_id}")
    raise RuntimeError(CANARY, envelope, answer, body)


@respx.mock
async def test_nothing_of_a_request_reaches_the_log(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A name, an id, a token or a URL in a log is a leak; here each is the same word, sent through every path."""
    caplog.set_level(logging.DEBUG)
    respx.get(host="localhost").respond(500, content=CANARY.encode(), headers={"X": CANARY})
    service = HookService("small", "patient-view", "Fetching", "Fetches and fails.", "", {}, _fetching)

    async with calling(small_app(service=service)) as client:
        answers = [await client.send(request) for request in _canary_requests()]

    out, err = capfd.readouterr()
    library_lines = [line for line in caplog.records if line.name.startswith(("httpx", "httpcore", "cds_service"))]
    assert {answer.status_code for answer in answers} == {204, 400, 404, 405, 415, 500}
    assert CANARY not in "".join(answer.text for answer in answers)
    assert CANARY not in out + err
    assert all(CANARY not in line.getMessage() for line in library_lines)
    assert len(_lines(err)) == len(answers) - 1 + 1  # a preflight has no line, a crash has two


@pytest.mark.parametrize("write", [log_event, note])
def test_a_field_that_is_not_listed_is_a_mistake_of_ours(write: object) -> None:
    """A new field is a decision, and stands in the list with its meaning."""
    arguments = (Event.CALL,) if write is log_event else ()

    with pytest.raises(TypeError, match="Not a log field: patient"):
        write(*arguments, patient="x")  # type: ignore[operator]


@pytest.mark.parametrize(
    "text", ["a name", "http://localhost/fhir?x=1", "a\nb", "", "\u00e9", "x" * 81, '{"a": 1}', "Patient/1", "a@b"]
)
def test_a_text_that_is_no_code_is_not_written(text: str) -> None:
    """Whatever goes wrong before, a sentence or a URL does not get in."""
    with capture_logs() as lines:
        log_event(Event.FAILURE, reason=text, rules=(text, "BRAIN-1"))

    assert (lines[0]["reason"], lines[0]["rules"]) == ("(refused)", ("(refused)", "BRAIN-1"))


def test_a_note_outside_a_call_is_dropped() -> None:
    """The evaluate command has no line to add to."""
    with capture_logs() as lines:
        note(cards=1)

    assert lines == []


def test_a_line_is_json_with_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, whatever is in it, so that no line can be forged."""
    log_event(Event.SERVING, profile="demo", ruleset="1.0.0+abc")

    (line,) = _lines(capsys.readouterr().err)
    assert {name: line[name] for name in ("event", "profile", "ruleset")} == {
        "event": "serving",
        "profile": "demo",
        "ruleset": "1.0.0+abc",
    }


@pytest.mark.parametrize("error", [BrokenPipeError, OSError, ValueError])
def test_a_log_that_can_not_be_written_does_not_stop_the_service(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk or a closed pipe is not the patient's problem; the next line is written again."""

    class Broken:
        def write(self, _text: str) -> None:
            raise error

    with monkeypatch.context() as broken:
        broken.setattr(sys, "stderr", Broken())
        log_event(Event.STOPPED)
    log_event(Event.STOPPED)

    assert [line["event"] for line in _lines(capsys.readouterr().err)] == ["stopped"]


@pytest.mark.parametrize("failed, named", [(KeyError(CANARY), "KeyError"), (None, "none")])
def test_the_web_servers_complaint_is_logged_without_its_text(failed: Exception | None, named: str) -> None:
    """It prints what it could not understand, and that came from outside."""
    info = (type(failed), failed, None) if failed else None
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "server.py", 7, "text %s", (CANARY,), info)

    with capture_logs() as lines:
        ServerLog().handle(record)

    assert (lines[0]["event"], lines[0]["reason"]) == ("server", "error")
    assert (lines[0]["where"], lines[0]["exception"]) == ("server:7", named)
    assert CANARY not in str(lines)
