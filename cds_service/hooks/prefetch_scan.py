"""Fast scanner for the prefetched values of a body.

It must not report a fault; cds_service.hooks.request reads odd bodies.
Tests: tests/hooks/test_prefetch_scan.py holds the two against each other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import Raw

from cds_service.fhir.pages.page import Page, UnreadablePage
from cds_service.fhir.pages.scan import LeadingValue, decode_leading_value
from cds_service.strict_json import Body

_PREFETCH = re.compile(rb'"prefetch"[ \t\r\n]*:[ \t\r\n]*\{')
_KEY = re.compile(rb'[ \t\r\n]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*')
_NEXT = re.compile(rb"[ \t\r\n]*([,}])")
_STAND_IN = b"0"
_STRING = msgspec.json.Decoder(str)


@dataclass(frozen=True, slots=True)
class SplitBody:
    """Prefetched values, and the body with 0 in their place."""

    frame: Body
    values: Mapping[str, Raw]
    pages: Mapping[str, Page | UnreadablePage]


class _Frame(msgspec.Struct, gc=False):
    prefetch: int


_FRAME = msgspec.json.Decoder(_Frame)


def split_prefetch(body: Body) -> SplitBody | None:
    """Return the prefetched values of an unambiguous body, or None.

    The text before the match must be valid JSON once it is closed, which proves that the key is a top-level one. If the
    body with 0 in place of the values is valid JSON, and each value is, the whole body is.
    """
    begin = _PREFETCH.search(body)
    if begin is None:
        return None
    before = body[: begin.end() - 1] + _STAND_IN
    found = _heads(body, begin.end()) if _is_frame(before + b"}") else None
    if found is None:
        return None
    heads, end = found
    frame = before + body[end:]
    if not _is_frame(frame):
        return None
    pages = {name: head.page for name, head in heads.items() if head.page is not None}
    return SplitBody(frame, {name: head.raw for name, head in heads.items()}, pages)


def _heads(body: Body, position: int) -> tuple[Mapping[str, LeadingValue], int] | None:
    """Return the members of an object from its first key, and its end."""
    heads: dict[str, LeadingValue] = {}
    view = memoryview(body)
    while (key := _KEY.match(body, position)) is not None:
        name, head = _text(key[1]), decode_leading_value(view[key.end() :])
        if name is None or name in heads or head is None:
            return None
        heads[name] = head
        follows = _NEXT.match(body, key.end() + len(memoryview(head.raw)))
        if follows is None:
            return None
        position = follows.end()
        if follows[1] == b"}":
            return heads, position
    return None


def _is_frame(text: Body) -> bool:
    try:
        return _FRAME.decode(text).prefetch == int(_STAND_IN)
    except (msgspec.DecodeError, RecursionError):
        return False


def _text(written: Body) -> str | None:
    try:
        return _STRING.decode(written)
    except msgspec.DecodeError:
        return None
