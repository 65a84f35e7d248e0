"""Every way in which a call can fail, as one tree: a stable code, an HTTP status, a message without patient data.

It must not know HTTP beyond the status number: `cds_service.api.error_responses` makes the answer.
Tests: tests/api/test_error_responses.py.

    CdsError
    ├── BadRequest 400           NotJson, DuplicateKey, InvalidRequest, WrongHook, ServerNotAllowed, ClientGone
    ├── Unauthorized 401
    ├── NotFound 404             UnknownService
    ├── MethodNotAllowed 405
    ├── BodyTooSlow 408
    ├── PreconditionFailed 412   MissingData, WrongPatient, UnreadableChart
    ├── BodyTooLarge 413
    ├── UnsupportedMediaType 415 UnsupportedEncoding
    ├── InternalError 500
    ├── NotReady 503             StoreUnavailable, Overloaded
    ├── LaunchError 400          see cds_service.smart.errors
    └── KeyNeeded 401            TooManyAttempts 429
"""

from typing import ClassVar


class SettingsError(Exception):
    """The settings can't be used; the message lists every mistake. Raised at start, never by a call."""


class CdsError(Exception):
    """A call that gets no cards. `code` never changes its meaning; `issue` is FHIR's issue type."""

    code: ClassVar[str] = "internal-error"
    status: ClassVar[int] = 500
    issue: ClassVar[str] = "exception"
    in_openapi: ClassVar[bool] = True
    """Whether the API document lists the error; errors of pages are left out."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(CdsError):
    """The request itself is wrong; sending it again won't help."""

    code = "invalid-request"
    status = 400
    issue = "invalid"


class NotJson(BadRequest):
    """The body is not strict JSON: not UTF-8, cut off, NaN, a lone surrogate, nested too deep."""

    code = "not-json"
    issue = "structure"

    def __init__(self, message: str = "The body must be strict JSON in UTF-8: no NaN, no lone surrogates.") -> None:
        super().__init__(message)


class DuplicateKey(BadRequest):
    """An object of the request names a key twice, so that two readers could see two patients."""

    code = "duplicate-key"
    issue = "structure"

    def __init__(self) -> None:
        super().__init__("Each key may stand only once in an object of the request.")


class InvalidRequest(BadRequest):
    """An element of the request is missing or ill-formed."""

    def __init__(self, element: str, rule: str) -> None:
        super().__init__(f"`{element}` {rule}.")


class WrongHook(BadRequest):
    """The call names a hook that this service doesn't answer."""

    code = "wrong-hook"
    issue = "not-supported"

    def __init__(self, hook: str) -> None:
        super().__init__(f"This service answers the hook `{hook}` only.")


class ServerNotAllowed(BadRequest):
    """`fhirServer` is not on the list of FHIR servers that this service may ask."""

    code = "server-not-allowed"
    issue = "security"

    def __init__(self) -> None:
        super().__init__(
            "`fhirServer` is not on this service's list of FHIR servers. Its operator can add it to fhir_servers."
        )


class ClientGone(BadRequest):
    """The caller closed the connection before its body was complete; nobody reads the answer."""

    code = "client-gone"
    issue = "transient"

    def __init__(self) -> None:
        super().__init__("The connection was closed before the body was complete.")


class Unauthorized(CdsError):
    """The call has no token that is good here. Why stands in the log alone: who guesses learns nothing."""

    code = "unauthorized"
    status = 401
    issue = "security"

    def __init__(self) -> None:
        super().__init__("The call needs a valid token of a registered client. The service's log knows more.")


class NotFound(CdsError):
    """There is nothing under this path."""

    code = "not-found"
    status = 404
    issue = "not-found"

    def __init__(
        self, message: str = "There is nothing under this path. Services are listed at /cds-services."
    ) -> None:
        super().__init__(message)


class UnknownService(NotFound):
    """The path names a service that discovery doesn't list."""

    code = "unknown-service"

    def __init__(self) -> None:
        super().__init__("No service has this id. Services are listed at /cds-services.")


class MethodNotAllowed(CdsError):
    """The path exists, but not for this HTTP method."""

    code = "method-not-allowed"
    status = 405
    issue = "not-supported"

    def __init__(self, *allowed: str) -> None:
        super().__init__(f"This path takes {' and '.join(allowed)} only.")
        self.allowed = allowed


class BodyTooSlow(CdsError):
    """The body did not arrive within its deadline."""

    code = "body-too-slow"
    status = 408
    issue = "timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body must arrive within {seconds:g} seconds.")


class PreconditionFailed(CdsError):
    """The chart that this call needs could not be had."""

    code = "precondition-failed"
    status = 412
    issue = "incomplete"


class MissingData(PreconditionFailed):
    """Sources without which nothing can be said are unknown; `unknown` names them."""

    code = "missing-data"

    def __init__(self, unknown: tuple[str, ...]) -> None:
        super().__init__(
            f"Not known, so nothing can be said about this patient: {', '.join(unknown)}. "
            "Send them as prefetch, or give a fhirServer that this service may ask."
        )
        self.unknown = unknown


class WrongPatient(PreconditionFailed):
    """The chart holds a record about somebody else; nothing of it is used."""

    code = "wrong-patient"
    issue = "security"

    def __init__(self) -> None:
        super().__init__("The chart holds a record that is not about the patient in context; nothing of it was used.")


class UnreadableChart(PreconditionFailed):
    """Something in the chart on which the whole answer rests can't be read; `sources` names where."""

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
    """A mistake of ours; what it was stands in the log under the same id."""

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
    """What must be written down before an answer can't be written down: whether a token was used before."""

    code = "store"

    def __init__(self) -> None:
        CdsError.__init__(self, "The service can't reach its store at the moment. Try again.")


class Overloaded(NotReady):
    """This worker answers as many calls as it may; the next is refused at once rather than all being late."""

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
    """Wrong keys came too often: for a while none is looked at."""

    code = "too-many-attempts"
    status = 429
    issue = "throttled"

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many wrong keys came. Wait before the next attempt.")
        self.seconds = seconds
