"""JSON that every reader reads alike: UTF-8, no NaN, no lone surrogate, no key twice, bounded depth.

It must not be used on charts: `cds_service.hooks.request` cuts those out first, since this reads in Python.
Tests: tests/hooks/test_request.py, tests/api/test_feedback.py.
"""

import codecs
import json
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from cds_service.errors import DuplicateKey, NotJson

Body = bytes | bytearray
"""JSON text as it came: a large body stays in the buffer in which it arrived."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some writers put before JSON; a file or a server may be forgiven for it."""
LONGEST_INTEGER = 300
"""An integer with more digits than this is read as a Decimal: Python refuses to make very long ones."""
_UTF8 = codecs.getincrementaldecoder("utf-8")
_STEP = 64 * 1024
"""So much of a body is decoded at a time: the text is thrown away, so it need not be held whole."""
_DECODER: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_QUOTE, _ESCAPE = b'"', b"\\"
_QUICK_BYTES = 1024 * 1024
"""A longer text is not held whole, ten times as large as it is, to see whether a key stands in it twice."""


def read_strictly(body: Body) -> object:
    """Return what the JSON says, or raise NotJson or DuplicateKey."""
    check_utf8(body)
    try:
        value = _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotJson from error
    refuse_duplicate_keys(body)
    return value


def check_utf8(body: Body) -> None:
    """Raise NotJson unless every byte is UTF-8: readers that skip a text don't look at its bytes."""
    if body.isascii():
        return
    decoder = _UTF8()
    view = memoryview(body)
    try:
        for start in range(0, len(view), _STEP):
            decoder.decode(view[start : start + _STEP])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise NotJson from error


def refuse_duplicate_keys(valid: Body) -> None:
    """Raise DuplicateKey if an object of this valid JSON has a key twice; most readers keep the last in silence."""
    if _read_quickly(valid) is not None:
        return
    try:
        _ONCE.decode(valid.decode("utf-8"))
    except RecursionError as error:
        raise NotJson from error


def parse_once(valid: Body) -> dict[str, Any]:
    """Return this valid JSON object with exact decimals, or raise DuplicateKey or NotJson as above."""
    value = _read_quickly(valid)
    if value is None:
        try:
            value = _EXACTLY.decode(valid.decode("utf-8"))
        except RecursionError as error:
            raise NotJson from error
    return value if isinstance(value, dict) else {}


def _read_quickly(text: Body) -> object:
    """Return what a JSON text says where no key can stand in it twice; None if in doubt.

    A reader that keeps the last of two keys loses the quotes of the first: written again, the text has fewer of them.
    Where a text has no escapes, all of its quotes are those around its keys and texts.
    """
    if len(text) > _QUICK_BYTES or _ESCAPE in text:
        return None
    try:
        value = _EXACT.decode(text)
        quotes = _AS_READ.encode(value).count(_QUOTE)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if quotes == text.count(_QUOTE) else None


def exact(digits: str) -> Decimal:
    """Return a JSON number as it stands; infinity, which no reader takes for a value, where no Decimal can hold it."""
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("-Infinity" if digits.startswith("-") else "Infinity")


def exact_integer(digits: str) -> int | Decimal:
    """Return a JSON integer of any length."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else exact(digits)


def _exactly(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise DuplicateKey
    return value


def _once(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise DuplicateKey


_EXACT: msgspec.json.Decoder[object] = msgspec.json.Decoder(float_hook=exact)
_AS_READ = msgspec.json.Encoder(decimal_format="number")
_EXACTLY = json.JSONDecoder(object_pairs_hook=_exactly, parse_float=exact, parse_int=exact_integer)
_ONCE = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str)
