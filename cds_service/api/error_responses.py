"""Errors as HTTP status and OperationOutcome.

Nothing of the request and no text of an unexpected exception may be repeated.
Tests: tests/api/test_error_responses.py, tests/api/test_invoke_errors.py.
"""

from traceback import walk_tb

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cds_service import errors
from cds_service.ids import random_id
from cds_service.log import Event, Fields, log_event, note

SYSTEM = "urn:recurrence-cds:error"


def error_response(exception: Exception) -> Response:
    """Return the OperationOutcome of an exception.

    Code and id are added to the call's log line.
    """
    error, error_id = log_error(exception)
    return Response(_outcome(error, error_id), error.status, _headers(error), "application/fhir+json")


def log_error(exception: Exception) -> tuple[errors.CdsError, str]:
    """Return the error of an exception with its new id, and log it."""
    error = _as_cds_error(exception)
    error_id = random_id()
    note(code=error.code, error_id=error_id)
    if isinstance(error, errors.InternalError):
        log_event(Event.FAILURE, error_id=error_id, exception=type(exception).__name__, where=_origin(exception))
    if isinstance(error, errors.WrongPatient):
        log_event(Event.ALARM, **_alarm(error, error_id))
    return error, error_id


def _alarm(error: errors.WrongPatient, error_id: str) -> Fields:
    """Return the line about a record of another patient, with its type and id."""
    line: Fields = {"reason": error.code, "error_id": error_id}
    if error.kind is not None:
        line["record_type"] = error.kind
        if error.record_id is not None:
            line["record_id"] = error.record_id
    return line


async def answer_error(_request: Request, exception: Exception) -> Response:
    """Return the answer to an exception as FastAPI's handler."""
    return error_response(exception)


def _as_cds_error(exception: Exception) -> errors.CdsError:
    match exception:
        case errors.CdsError():
            return exception
        case HTTPException(status_code=404):
            return errors.NotFound()
        case HTTPException(status_code=405):
            allowed = (exception.headers or {}).get("Allow", "")
            return errors.MethodNotAllowed(*sorted(part.strip() for part in allowed.split(",")))
        case HTTPException(status_code=status) if status < errors.InternalError.status:
            return errors.BadRequest("The request can't be read.")
        case RequestValidationError():
            return errors.BadRequest("The request can't be read.")
        case _:
            return errors.InternalError()


def _outcome(error: errors.CdsError, error_id: str) -> bytes:
    issue = {
        "severity": "error",
        "code": error.issue,
        "details": {"coding": [{"system": SYSTEM, "code": error.code}], "text": error.message},
        "diagnostics": f"error id {error_id}",
    }
    return msgspec.json.encode({"resourceType": "OperationOutcome", "id": error_id, "issue": [issue]})


def _headers(error: errors.CdsError) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, errors.MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.KeyNeeded):
        headers["WWW-Authenticate"] = 'Basic realm="insights", charset="UTF-8"'
    if isinstance(error, errors.BodyTooLarge | errors.BodyTooSlow):
        headers["Connection"] = "close"
    if isinstance(error, errors.TooManyAttempts):
        headers["Retry-After"] = str(error.seconds)
    if isinstance(error, errors.NotReady):
        headers["Retry-After"] = "1"
    return headers


def _origin(exception: Exception) -> str:
    """Return module and line of our innermost frame.

    They suffice to look, and hold no text of the caller.
    """
    places = [
        f"{frame.f_globals.get('__name__', '')}:{line}"
        for frame, line in walk_tb(exception.__traceback__)
        if str(frame.f_globals.get("__name__", "")).startswith(("cds_service.", "cards.", "rules."))
    ]
    return places[-1] if places else "unknown"
