"""Log lines as JSON on standard error, one for each call.

They must not hold a URL, FHIR text, a token, an id of a patient or the text of an exception.
Tests: tests/service/test_log.py.
"""

import logging
import re
import sys
from contextvars import ContextVar
from enum import StrEnum
from typing import TypedDict, Unpack

import msgspec
import structlog

Value = int | float | str | tuple[str, ...] | None


class Event(StrEnum):
    """Events of the log."""

    SERVING = "serving"
    STOPPED = "stopped"
    FIXED_DATE = "fixed-date"
    CALL = "call"
    FAILURE = "failure"
    ALARM = "alarm"
    SERVER = "server"
    KEYS = "keys"
    STORE = "store"
    CIRCUIT = "circuit"
    KNOWLEDGE = "knowledge"


class Fields(TypedDict, total=False):
    """Fields of a line, our own codes, counts and durations only."""

    accepted: int
    """Accepted feedback items."""
    as_of: str
    """The fixed day of the clock."""
    bytes_in: int
    """Length of the request's body."""
    cards: int
    """Cards in the answer."""
    client: str
    """Registry id of the calling client."""
    decisions: int
    """Decisions lost."""
    code: str
    """Code of the answered error (cds_service.errors)."""
    duration_ms: float
    """Duration from the head's first byte to the answer's last."""
    error_id: str
    """Id in the answered OperationOutcome."""
    evidence: int
    """Number of resources in evidence."""
    exception: str
    """Class of an unexpected exception."""
    failures: int
    """Failures in a row of a FHIR server."""
    hook: str
    """Called hook."""
    overridden: int
    """Overridden feedback items."""
    profile: str
    """The settings profile."""
    reason: str
    """A stable code of ours."""
    record_id: str
    """Id of a record of another patient, never of a Patient."""
    record_type: str
    """Type of a record of another patient."""
    resources: int
    """Resources in the chart."""
    route: str
    """Answering endpoint."""
    rules: tuple[str, ...]
    """Ids of the fired rules."""
    ruleset: str
    """Version of the rules."""
    sites: tuple[str, ...]
    """Sites with a card."""
    sources_unknown: tuple[str, ...]
    """Unread sources."""
    sources_fetched: int
    """Number of fetched sources."""
    state: str
    """State of the cancer history (STATE-1 to STATE-8)."""
    status: int
    """HTTP status of the answer."""
    withheld: tuple[str, ...]
    """Topics of withheld cards, quiet or in shadow."""
    where: str
    """Module and line of an exception in our code, or file and line of a faulty knowledge file."""


FIELDS = frozenset(Fields.__annotations__)
REFUSED = "(refused)"
_CODE = re.compile(r"[A-Za-z0-9(][A-Za-z0-9.:+_()-]{0,79}")
_notes: ContextVar[dict[str, Value] | None] = ContextVar("notes", default=None)


def log_event(event: Event, **fields: Unpack[Fields]) -> None:
    """Write one line. A field that isn't on the list is a TypeError; a text that is no code is not written."""
    _check(fields)
    _LOG.info(event.value, **{name: _plain(value) for name, value in fields.items()})  # type: ignore[arg-type]


def note(**fields: Unpack[Fields]) -> None:
    """Add fields to the line of the present call.

    Outside a call this has no effect.
    """
    _check(fields)
    notes = _notes.get()
    if notes is not None:
        notes.update(fields)  # type: ignore[arg-type]


def begin_call() -> Fields:
    """Return the empty notes of a new call. `note` fills them."""
    notes: dict[str, Value] = {}
    _notes.set(notes)
    return notes  # type: ignore[return-value]


def noted() -> Fields:
    """Return the notes of the present call, {} outside a call."""
    return _notes.get() or {}  # type: ignore[return-value]


def silence_libraries() -> None:
    """Silence the HTTP client and OAuth.

    They log URLs, ids of patients and tokens.
    """
    for name in ("httpx", "httpcore", "oauthlib"):
        library = logging.getLogger(name)
        library.setLevel(logging.CRITICAL + 1)  # a level survives the web server's own logging set-up
        library.propagate = False


class ServerLog(logging.Handler):
    """Rewrites the web server's warnings with their place only."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the place and the exception class of a warning."""
        kind = record.exc_info[0] if record.exc_info else None
        log_event(
            Event.SERVER,
            reason=record.levelname.lower(),
            where=f"{record.module}:{record.lineno}",
            exception=kind.__name__ if kind else "none",
        )


class _StandardError:
    """Writer to standard error that survives a closed pipe or full disk."""

    def info(self, line: str) -> None:
        try:
            sys.stderr.write(line + "\n")
        except (OSError, ValueError):
            return


def _check(fields: Fields) -> None:
    if not fields.keys() <= FIELDS:
        raise TypeError(
            f"Not a log field: {', '.join(sorted(fields.keys() - FIELDS))}. Fields are listed in {__name__}."
        )


def _plain(value: Value) -> Value:
    if isinstance(value, str):
        return value if _CODE.fullmatch(value) else REFUSED
    if isinstance(value, tuple):
        return tuple(str(_plain(each)) for each in value)
    return value


def _json(line: dict[str, Value], **_options: object) -> str:
    return msgspec.json.encode(line).decode()


structlog.configure(
    processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.JSONRenderer(_json)],
    wrapper_class=structlog.BoundLogger,
    logger_factory=_StandardError,
    cache_logger_on_first_use=True,
)
_LOG: structlog.BoundLogger = structlog.get_logger()
silence_libraries()
