"""Tree of call failures, each with a stable code and HTTP status.

Messages must not hold patient data. cds_service.api.error_responses makes the answer.
Tests: tests/api/test_error_responses.py. CdsError ├── BadRequest 400 NotJson, DuplicateKey, InvalidRequest, WrongHook,
ServerNotAllowed, ClientGone ├── Unauthorized 401 ├── NotFound 404 UnknownService ├── MethodNotAllowed 405 ├──
BodyTooSlow 408 ├── PreconditionFailed 412 MissingData, WrongPatient, UnreadableChart ├── BodyTooLarge 413 ├──
UnsupportedMediaType 415 UnsupportedEncoding ├── InternalError 500 ├── NotReady 503 StoreUnavailable, Overloaded ├──
LaunchError 400 see cds_service.smart.errors └── KeyNeeded 401 TooManyAttempts 429
"""

from typing import ClassVar


class SettingsError(Exception):
    """Unusable settings, raised at start.

    The message lists every mistake.
    """


class CdsError(Exception):
    """A failed call.

    `code` never changes its meaning; `issue` is FHIR's issue type.
    """

    code: ClassVar[str] = "internal-error"
    status: ClassVar[int] = 500
    issue: ClassVar[str] = "exception"
    in_openapi: ClassVar[bool] = True
    """False for errors of pages, which the API document omits."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(CdsError):
    """A faulty request. Repeating it is useless."""

    code = "invalid-request"
    status = 400
    issue = "invalid"


class NotJson(BadRequest):
    """The body is no strict JSON.

    It may have bad UTF-8, an early end, NaN, a lone surrogate or too deep nesting.
    """

    code = "not-json"
    issue = "structure"

    def __init__(self, message: str = "The body must be strict JSON in UTF-8: no NaN, no lone surrogates.") -> None:
        super().__init__(message)


class DuplicateKey(BadRequest):
    """An object repeats a key.

    Two readers could see two patients.
    """

    code = "duplicate-key"
    issue = "structure"

    def __init__(self) -> None:
        super().__init__("Each key may stand only once in an object of the request.")


class InvalidRequest(BadRequest):
    """An element of the request is missing or ill-formed."""

    def __init__(self, element: str, rule: str) -> None:
        super().__init__(f"`{element}` {rule}.")


class WrongHook(BadRequest):
    """The call names another hook."""

    code = "wrong-hook"
    issue = "not-supported"

    def __init__(self, hook: str) -> None:
        super().__init__(f"This service answers the hook `{hook}` only.")


class ServerNotAllowed(BadRequest):
    """`fhirServer` is not listed."""

    code = "server-not-allowed"
    issue = "security"

    def __init__(self) -> None:
        super().__init__(
            "`fhirServer` is not on this service's list of FHIR servers. Its operator can add it to fhir_servers."
        )


class ClientGone(BadRequest):
    """The caller closed the connection early. No reader remains."""

    code = "client-gone"
    issue = "transient"

    def __init__(self) -> None:
        super().__init__("The connection was closed before the body was complete.")


class Unauthorized(CdsError):
    """The call has no valid token.

    Only the log has the reason, so that a guesser learns nothing.
    """

    code = "unauthorized"
    status = 401
    issue = "security"

    def __init__(self) -> None:
        super().__init__("The call needs a valid token of a registered client. The service's log knows more.")


class NotFound(CdsError):
    """Unknown path."""

    code = "not-found"
    status = 404
    issue = "not-found"

    def __init__(
        self, message: str = "There is nothing under this path. Services are listed at /cds-services."
    ) -> None:
        super().__init__(message)


class UnknownService(NotFound):
    """The path names an unlisted service."""

    code = "unknown-service"

    def __init__(self) -> None:
        super().__init__("No service has this id. Services are listed at /cds-services.")


class MethodNotAllowed(CdsError):
    """The path has no such HTTP method."""

    code = "method-not-allowed"
    status = 405
    issue = "not-supported"

    def __init__(self, *allowed: str) -> None:
        super().__init__(f"This path takes {' and '.join(allowed)} only.")
        self.allowed = allowed


class BodyTooSlow(CdsError):
    """The body missed its deadline."""

    code = "body-too-slow"
    status = 408
    issue = "timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body must arrive within {seconds:g} seconds.")


class PreconditionFailed(CdsError):
    """The chart of the call is unavailable."""

    code = "precondition-failed"
    status = 412
    issue = "incomplete"


class MissingData(PreconditionFailed):
    """Required sources are unknown. `unknown` names them."""

    code = "missing-data"

    def __init__(self, unknown: tuple[str, ...]) -> None:
        super().__init__(
            f"Not known, so nothing can be said about this patient: {', '.join(unknown)}. "
            "Send them as prefetch, or give a fhirServer that this service may ask."
        )
        self.unknown = unknown


class WrongPatient(PreconditionFailed):
    """The chart holds a record about another patient.

    Nothing of it is used. The message names the type of the record, the log also its id.
    """

    code = "wrong-patient"
    issue = "security"

    def __init__(self, kind: str | None = None, record_id: str | None = None) -> None:
        which = f" ({kind})" if kind else ""
        super().__init__(
            f"The chart holds a record{which} that is not about the patient in context; nothing of it was used."
        )
        self.kind = kind
        self.record_id = record_id


class UnreadableChart(PreconditionFailed):
    """A resource behind the whole answer is unreadable. `sources` names it."""

    code = "unreadable-chart"

    def __init__(self, sources: tuple[str, ...] = ()) -> None:
        where = f" ({', '.join(sources)})" if sources else ""
        super().__init__(f"The chart{where} can't be read as FHIR R4, so nothing can be said about this patient.")
        self.sources = sources


class BodyTooLarge(CdsError):
    """The body is longer than this service reads."""

    code = "body-too-large"
    status = 413
    issue = "too-long"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body may hold at most {limit} bytes. Ask for less in prefetch (_count).")


class UnsupportedMediaType(CdsError):
    """The body is not declared as JSON."""

    code = "unsupported-media-type"
    status = 415
    issue = "not-supported"

    def __init__(self, message: str = "Send the body as application/json in UTF-8.") -> None:
        super().__init__(message)


class UnsupportedEncoding(UnsupportedMediaType):
    """The body is compressed."""

    code = "unsupported-encoding"

    def __init__(self) -> None:
        super().__init__("Send the body without Content-Encoding.")


class InternalError(CdsError):
    """A fault of ours. The log has its details under the id."""

    def __init__(self) -> None:
        super().__init__("The service failed. Its log knows more under the error id.")


class NotReady(CdsError):
    """The service is still starting."""

    code = "not-ready"
    status = 503
    issue = "transient"

    def __init__(self) -> None:
        super().__init__("The service is starting.")


class StoreUnavailable(NotReady):
    """The store cannot accept a required row, such as a used token."""

    code = "store"

    def __init__(self) -> None:
        CdsError.__init__(self, "The service can't reach its store at the moment. Try again.")


class Overloaded(NotReady):
    """The worker is at its limit.

    A call is refused at once, before all are late.
    """

    code = "overloaded"

    def __init__(self) -> None:
        CdsError.__init__(self, "The service answers as many calls as it can at the moment. Try again.")


class KeyNeeded(CdsError):
    """The page of figures was asked for without its key."""

    in_openapi = False

    code = "key-needed"
    status = 401
    issue = "security"

    def __init__(self, message: str = "This page needs its key as the password; any user name will do.") -> None:
        super().__init__(message)


class TooManyAttempts(KeyNeeded):
    """Too many wrong keys. The page is locked for a while."""

    code = "too-many-attempts"
    status = 429
    issue = "throttled"

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many wrong keys came. Wait before the next attempt.")
        self.seconds = seconds
