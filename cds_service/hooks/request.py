"""The CDS Hooks request around the chart.

The caller's text must not appear in an error.
Tests: tests/hooks/test_request.py, tests/api/test_invoke_errors.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

import msgspec
from msgspec import UNSET, Raw, UnsetType

from cds_service.errors import BodyTooLarge, DuplicateKey, InvalidRequest, NotJson, WrongHook
from cds_service.fhir.pages.page import Page, UnreadablePage
from cds_service.hooks.prefetch_scan import SplitBody, split_prefetch
from cds_service.security.egress import AccessToken
from cds_service.strict_json import Body, check_utf8, refuse_duplicate_keys

MAX_FRAME_BYTES = 1024 * 1024
"""Maximum size of a request without its prefetch, in bytes.

Python reads this part.
"""
MAX_PREFETCH_CANDIDATES = 8
"""Maximum number of candidates for the element `prefetch`."""

_ABSENT = Raw(b"")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_USER = re.compile(r"[A-Za-z]{1,64}/[A-Za-z0-9.-]{1,64}", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,16384}", re.ASCII)
_KEY = re.compile(rb'[ \t\r\n,]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*')
_FIELD = re.compile(r"`\$\.(\w+)|field `(\w+)`")
_OPEN = re.compile(rb"[ \t\r\n]*\{")
_CLOSE = re.compile(rb"[ \t\r\n]*\}")
_PREFETCH = re.compile(rb'"prefetch"[ \t\r\n]*:[ \t\r\n]*\{')


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A request without its chart.

    `prefetch` holds each value as the caller's bytes, `null` included.
    """

    hook: str
    hook_instance: str
    patient_id: str = field(repr=False)
    user_id: str | None = field(repr=False)
    """Type and id of the user, else None."""
    encounter_id: str | None = field(repr=False)
    fhir_server: str | None = field(repr=False)
    access_token: AccessToken | None
    prefetch: Mapping[str, Raw] = field(repr=False)
    extension: Raw = field(repr=False)
    """The request's extension as raw JSON, or empty."""
    pages: Mapping[str, Page | UnreadablePage] = field(repr=False)
    """Prefetched values already read as pages."""


class _Request(msgspec.Struct, gc=False):
    hook: Raw = _ABSENT
    hookInstance: Raw = _ABSENT  # noqa: N815 - the standard's own spelling
    context: Raw = _ABSENT
    fhirServer: Raw = _ABSENT  # noqa: N815 - the standard's own spelling
    fhirAuthorization: Raw = _ABSENT  # noqa: N815 - the standard's own spelling
    extension: Raw = _ABSENT


class _Whole(_Request, gc=False):
    prefetch: dict[str, Raw] | UnsetType | None = UNSET


class PatientContext(msgspec.Struct, gc=False):
    """Context of a hook about one patient.

    A hook with more context extends it.
    """

    patientId: Raw = _ABSENT  # noqa: N815 - the standard's own spelling
    userId: Raw = _ABSENT  # noqa: N815 - the standard's own spelling
    encounterId: Raw = _ABSENT  # noqa: N815 - the standard's own spelling


class _Authorization(msgspec.Struct, gc=False):
    access_token: Raw = _ABSENT
    token_type: Raw = _ABSENT
    patient: Raw = _ABSENT


_REQUEST = msgspec.json.Decoder(_Request)
_WHOLE = msgspec.json.Decoder(_Whole)
_AUTHORIZATION = msgspec.json.Decoder(_Authorization)
_STRING = msgspec.json.Decoder(str)


class RequestReader:
    """Reads the requests of one hook with its context model."""

    def __init__(self, hook: str, context_model: type[PatientContext] = PatientContext) -> None:
        self._hook = hook
        self._context = msgspec.json.Decoder(context_model)

    def read(self, body: Body) -> HookRequest:
        """Return the request.

        Raises one of the 400 errors; unknown elements are ignored.
        """
        return _parse(body, self._hook, self._context)


def parse_request(body: Body, hook: str) -> HookRequest:
    """Return the request of a hook about one patient.

    Raises one of the 400 errors.
    """
    return RequestReader(hook).read(body)


def _parse(body: Body, hook: str, reader: msgspec.json.Decoder[PatientContext]) -> HookRequest:
    check_utf8(body)
    found = split_prefetch(body) or _read_twice(body)
    _refuse_duplicates(found.frame)
    request = _REQUEST.decode(found.frame)
    if _required(request.hook, "hook") != hook:
        raise WrongHook(hook)
    hook_instance = _required(request.hookInstance, "hookInstance")
    if not _UUID.fullmatch(hook_instance):
        raise InvalidRequest("hookInstance", "must be a UUID")
    context = _context(request.context, reader)
    patient_id = _patient_id(context.patientId)
    return HookRequest(
        hook=hook,
        hook_instance=hook_instance,
        patient_id=patient_id,
        user_id=_user_id(context.userId),
        encounter_id=_text(context.encounterId),
        fhir_server=_optional(request.fhirServer, "fhirServer"),
        access_token=_token(request.fhirAuthorization, patient_id),
        extension=request.extension,
        prefetch=found.values,
        pages=found.pages,
    )


def _read_twice(body: Body) -> SplitBody:
    """Split any body by reading it twice.

    All of it is read as JSON, and each value once more.
    """
    try:
        prefetch = _WHOLE.decode(body).prefetch or {}
    except msgspec.ValidationError as error:
        if not _OPEN.match(body):
            raise InvalidRequest("body", "must be a JSON object") from error
        raise InvalidRequest("prefetch", "must be an object, null or left out") from error
    except msgspec.DecodeError as error:
        raise NotJson from error
    except RecursionError as error:
        raise NotJson("The body is nested too deep.") from error
    frame = _without_prefetch(body, prefetch) if prefetch else body
    if frame is None:
        raise DuplicateKey
    return SplitBody(frame, prefetch, {})


def _context(raw: Raw, reader: msgspec.json.Decoder[PatientContext]) -> PatientContext:
    try:
        return reader.decode(raw)
    except msgspec.ValidationError as error:
        named = _FIELD.search(str(error))  # our own model's name of an element, nothing of the caller's
        if named is None:
            raise InvalidRequest("context", "must be an object") from error
        raise InvalidRequest(f"context.{named[1] or named[2]}", "must be as the hook defines it") from error
    except msgspec.DecodeError as error:
        raise InvalidRequest("context", "must be an object") from error


def is_fhir_id(text: str) -> bool:
    """Return True for a FHIR id that fits in a path."""
    return _FHIR_ID.fullmatch(text) is not None and text not in {".", ".."}


def bearer_token(value: str | None, kind: str) -> AccessToken | None:
    """Return a bearer token, or None for another kind."""
    if value is None or kind.lower() != "bearer" or not _TOKEN.fullmatch(value):
        return None
    return AccessToken(value)


def _patient_id(raw: Raw) -> str:
    patient_id = _required(raw, "context.patientId")
    if not is_fhir_id(patient_id):
        raise InvalidRequest("context.patientId", "must be a FHIR id: 1 to 64 of A-Z a-z 0-9 - .")
    return patient_id


def _user_id(raw: Raw) -> str | None:
    user_id = _text(raw)
    return user_id if user_id is not None and _USER.fullmatch(user_id) else None


def _token(raw: Raw, patient_id: str) -> AccessToken | None:
    try:
        authorization = _AUTHORIZATION.decode(raw)
    except msgspec.DecodeError:
        return None
    if _text(authorization.patient) not in {None, patient_id}:
        raise InvalidRequest("fhirAuthorization.patient", "must be the patient in context")
    return bearer_token(_text(authorization.access_token), _text(authorization.token_type) or "Bearer")


def _required(raw: Raw, element: str) -> str:
    text = _text(raw)
    if text is None:
        raise InvalidRequest(element, "is required, as a string")
    return text


def _optional(raw: Raw, element: str) -> str | None:
    return None if _is_absent(raw) else _required(raw, element)


def _text(raw: Raw) -> str | None:
    try:
        return _STRING.decode(raw)
    except msgspec.DecodeError:
        return None


def _is_absent(raw: Raw) -> bool:
    return bytes(memoryview(raw)[:4]) in {b"", b"null"}


def _refuse_duplicates(frame: Body) -> None:
    """Raise DuplicateKey for a repeated key outside prefetch.

    The chart was cut out, so that only the small rest is read in Python.
    """
    if len(frame) > MAX_FRAME_BYTES:
        raise BodyTooLarge(MAX_FRAME_BYTES)
    refuse_duplicate_keys(frame)


def _without_prefetch(body: Body, prefetch: Mapping[str, Raw]) -> Body | None:
    for match in islice(_PREFETCH.finditer(body), MAX_PREFETCH_CANDIDATES):
        end = _end_of_object(body, match.end(), prefetch)
        if end is not None:
            return body[: match.end() - 1] + b"0" + body[end:]
    return None


def _end_of_object(body: Body, position: int, values: Mapping[str, Raw]) -> int | None:
    """Return the end of the object with exactly these values, or None."""
    for name, value in values.items():
        key = _KEY.match(body, position)
        if key is None or _STRING.decode(key[1]) != name or not body.startswith(value, key.end()):
            return None
        position = key.end() + len(memoryview(value))
    close = _CLOSE.match(body, position)
    return close.end() if close else None
