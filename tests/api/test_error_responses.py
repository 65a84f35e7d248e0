"""The tree of errors and what becomes of it in an answer.

It must not test when an error is raised: that is tested where it is.
It tests cds_service/errors.py and api/error_responses.py.
"""

import re

import httpx
import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from cds_service import errors
from tests.service.small_service import CALL, PATH, calling, error_code, every_error, failing_with, small_app

pytestmark = pytest.mark.anyio

ISSUE_TYPES = {  # FHIR R4 code system issue-type, those that fit
    "exception", "expired", "forbidden", "incomplete", "invalid", "not-found", "not-supported", "security", "structure",
    "throttled", "timeout", "too-long", "transient",
}  # fmt: skip


async def _answer_to(exception: Exception) -> httpx.Response:
    async with calling(small_app(service=failing_with(exception))) as client:
        return await client.post(PATH, json=CALL)


def test_no_two_errors_share_a_code_unless_they_share_a_meaning() -> None:
    """A code is what integrators match on; InvalidRequest is the general bad request with the element's name."""
    codes = [kind.code for kind in every_error() if kind not in (errors.InvalidRequest, errors.InternalError)]

    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("kind", every_error())
def test_each_error_has_a_code_a_status_and_an_issue_type_of_fhir(kind: type[errors.CdsError]) -> None:
    """Codes are lower-case words with hyphens; statuses are client or server errors."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert 400 <= kind.status < 600
    assert kind.issue in ISSUE_TYPES
    assert kind.__doc__


@pytest.mark.parametrize(
    "error, status, code, text",
    [
        (errors.MissingData(("Patient", "Conditions")), 412, "missing-data", "Patient, Conditions"),
        (errors.WrongPatient(), 412, "wrong-patient", "not about the patient in context"),
        (errors.UnreadableChart(), 412, "unreadable-chart", "The chart can't be read"),
        (errors.UnreadableChart(("Patient",)), 412, "unreadable-chart", "The chart (Patient) can't be read"),
        (errors.ServerNotAllowed(), 400, "server-not-allowed", "fhir_servers"),
        (errors.NotReady(), 503, "not-ready", "starting"),
        (errors.StoreUnavailable(), 503, "store", "Try again"),
        (errors.Unauthorized(), 401, "unauthorized", "valid token"),
    ],
)
async def test_an_error_of_ours_keeps_its_status_code_and_message(
    error: errors.CdsError, status: int, code: str, text: str
) -> None:
    """The message says what is wrong and, where possible, what to do."""
    answer = await _answer_to(error)

    assert answer.status_code == status
    assert error_code(answer) == code
    assert text in answer.json()["issue"][0]["details"]["text"]


async def test_an_error_names_its_kind_as_fhir_and_as_we_do() -> None:
    """The issue holds FHIR's code and ours, in a system of ours."""
    issue = (await _answer_to(errors.MissingData(("Patient",)))).json()["issue"][0]

    assert issue["code"] == "incomplete"
    assert issue["details"]["coding"] == [{"system": "urn:recurrence-cds:error", "code": "missing-data"}]


async def test_each_error_has_an_id_of_its_own() -> None:
    """The id finds the call in the log; it is a random UUID."""
    error = errors.WrongPatient()

    first, second = (await _answer_to(error)).json()["id"], (await _answer_to(error)).json()["id"]

    assert first != second
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)


@pytest.mark.parametrize(
    "exception",
    [RuntimeError("CANARY"), KeyError("CANARY"), RecursionError("CANARY"), HTTPException(507, "CANARY")],
)
async def test_what_nobody_expected_is_a_500_that_says_nothing(exception: Exception) -> None:
    """The exception's text may hold the request, so that only the id goes out."""
    answer = await _answer_to(exception)

    assert answer.status_code == 500
    assert error_code(answer) == "internal-error"
    assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    "exception, status, code",
    [
        (RequestValidationError([{"loc": ["body"], "msg": "CANARY", "input": "CANARY"}]), 400, "invalid-request"),
        (HTTPException(400, "CANARY"), 400, "invalid-request"),
        (HTTPException(404, "CANARY"), 404, "not-found"),
        (HTTPException(405, "CANARY", {"Allow": "POST, GET"}), 405, "method-not-allowed"),
    ],
)  # fmt: skip
async def test_errors_of_the_framework_become_ours(exception: Exception, status: int, code: str) -> None:
    """The framework's own 422 repeats the input, and never goes out."""
    answer = await _answer_to(exception)

    assert answer.status_code == status
    assert error_code(answer) == code
    assert "CANARY" not in answer.text


async def test_a_405_names_the_methods_in_order() -> None:
    """Two answers to the same call are alike."""
    answer = await _answer_to(HTTPException(405, headers={"Allow": "POST, GET"}))

    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("error, header, value", [
    (errors.NotReady(), "retry-after", "1"),
    (errors.StoreUnavailable(), "retry-after", "1"),
    (errors.Unauthorized(), "www-authenticate", "Bearer"),
    (errors.BodyTooLarge(1), "connection", "close"),
    (errors.BodyTooSlow(5.0), "connection", "close"),
    (errors.WrongPatient(), "cache-control", "no-store"),
])  # fmt: skip
async def test_an_error_tells_the_client_what_to_do_with_the_connection(
    error: errors.CdsError, header: str, value: str
) -> None:
    """Come back later, send less, keep nothing."""
    assert (await _answer_to(error)).headers[header] == value
