"""Strict JSON, read alike by every reader.

UTF-8, no NaN, no lone surrogate, no duplicate key, bounded depth. Charts are cut out first, because this reads in
Python.
Tests: tests/hooks/test_request.py, tests/api/test_feedback.py.
"""

import codecs
import json
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from cds_service.errors import DuplicateKey, NotJson

Body = bytes | bytearray
"""JSON text as received. A large body stays in its buffer."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Byte order mark, tolerated in files and server answers."""
LONGEST_INTEGER = 300
"""Longest integer in digits.

Longer ones become Decimal, because Python refuses them.
"""
_UTF8 = codecs.getincrementaldecoder("utf-8")
_STEP = 64 * 1024
"""Bytes decoded at a time, to save memory."""
_DECODER: msgspec.json.Decoder[object] = msgspec.json.Decoder()


def read_strictly(body: Body) -> object:
    """Return the parsed JSON.

    Raises NotJson or DuplicateKey.
    """
    check_utf8(body)
    try:
        value = _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotJson from error
    refuse_duplicate_keys(body)
    return value


def check_utf8(body: Body) -> None:
    """Raise NotJson for bytes outside UTF-8.

    Readers that skip a text ignore its bytes.
    """
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
    """Raise DuplicateKey for an object of valid JSON with a repeated key.

    Most readers silently keep the last.
    """
    try:
        _ONCE.decode(valid.decode("utf-8"))
    except RecursionError as error:
        raise NotJson from error


def parse_once(valid: Body) -> dict[str, Any]:
    """Return a valid JSON object with exact decimals.

    Raises DuplicateKey or NotJson.
    """
    try:
        value = _EXACTLY.decode(valid.decode("utf-8"))
    except RecursionError as error:
        raise NotJson from error
    return value if isinstance(value, dict) else {}


def exact(digits: str) -> Decimal:
    """Return a JSON number exactly, or infinity beyond Decimal.

    Every reader of values refuses infinity.
    """
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("-Infinity" if digits.startswith("-") else "Infinity")


def exact_integer(digits: str) -> int | Decimal:
    """Return a JSON integer of any length."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else exact(digits)


def _exactly(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(value := dict(pairs)) != len(pairs):
        raise DuplicateKey
    return value


def _once(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise DuplicateKey


_EXACTLY = json.JSONDecoder(object_pairs_hook=_exactly, parse_float=exact, parse_int=exact_integer)
_ONCE = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str)
