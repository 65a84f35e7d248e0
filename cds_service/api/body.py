"""Request bodies as bounded, timely, uncompressed JSON.

A body must not be parsed here.
Tests: tests/api/test_body.py, tests/api/test_invoke_errors.py.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from starlette.types import Message, Receive, Scope

from cds_service.config.settings import Settings
from cds_service.errors import BodyTooLarge, BodyTooSlow, ClientGone, UnsupportedEncoding, UnsupportedMediaType
from cds_service.strict_json import Body

DISCARDED_BYTES = 64 * 1024 * 1024
"""Bytes discarded of a too long body.

Its sender then reads the answer.
"""
_MEDIA_TYPE = re.compile(rb"application/(?:[a-z0-9.-]+\+)?json", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=(?!\s*\"?utf-?8\"?\s*(?:;|$))", re.IGNORECASE)
_LENGTH = re.compile(rb"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Limits on length and time of a body."""

    max_bytes: int
    seconds: float

    @classmethod
    def of(cls, settings: Settings, at_most: int | None = None) -> Self:
        """Return the limits of the settings, or a lower length."""
        return cls(min(settings.max_body_bytes, at_most or settings.max_body_bytes), settings.body_deadline_s)


async def read_body(scope: Scope, receive: Receive, limits: BodyLimits) -> Body:
    """Return the whole body.

    Raises 413, 415 or 408. Bytes are counted as they arrive, whatever was declared. The result is the arrival buffer,
    because copying a large chart costs more than reading it.
    """
    headers = dict(scope["headers"])
    _check_type(headers)
    try:
        async with asyncio.timeout(limits.seconds):
            return await _counted(headers, receive, limits.max_bytes)
    except TimeoutError as error:
        raise BodyTooSlow(limits.seconds) from error


def declared_length(scope: Scope) -> int | None:
    """Return the declared length of the body.

    0 means no body, None an undeclared length.
    """
    headers = dict(scope["headers"])
    declared = headers.get(b"content-length")
    if declared is None:
        return None if b"transfer-encoding" in headers else 0
    return int(declared) if _LENGTH.fullmatch(declared) else None


def _check_type(headers: Mapping[bytes, bytes]) -> None:
    if headers.get(b"content-encoding", b"").strip().lower() not in {b"", b"identity"}:
        raise UnsupportedEncoding
    media_type, _, parameters = headers.get(b"content-type", b"application/json").partition(b";")
    if not _MEDIA_TYPE.fullmatch(media_type.strip()) or _CHARSET.search(parameters):
        raise UnsupportedMediaType


async def _counted(headers: Mapping[bytes, bytes], receive: Receive, max_bytes: int) -> Body:
    declared = headers.get(b"content-length", b"0")
    if _LENGTH.fullmatch(declared) and int(declared) > max_bytes:
        if b"expect" not in headers:
            await _discard(receive, DISCARDED_BYTES)
        raise BodyTooLarge(max_bytes)
    body, more = bytearray(), True
    while more:
        message = await _next(receive)
        more = message.get("more_body", False)
        body += message.get("body", b"")
        if len(body) > max_bytes:
            body.clear()
            await _discard(receive, DISCARDED_BYTES if more else 0)
            raise BodyTooLarge(max_bytes)
    return body


async def _discard(receive: Receive, at_most: int) -> None:
    """Discard the body for a while.

    A client cut off while writing never sees the answer.
    """
    try:
        while at_most > 0:
            message = await _next(receive)
            at_most = at_most - len(message.get("body", b"")) if message.get("more_body") else 0
    except ClientGone:
        return


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message
