"""JSON that every reader reads alike: UTF-8, no NaN, no lone surrogate, no key twice, bounded depth.

It must not be used on charts: `cds_service.hooks.envelope` cuts those out first, since this reads in Python.
Tests: tests/service/test_envelope.py, tests/service/test_feedback.py.
"""

import json

import msgspec

from cds_service.errors import DuplicateKey, NotJson

_DECODER: msgspec.json.Decoder[object] = msgspec.json.Decoder()


def read_strictly(body: bytes) -> object:
    """Return what the JSON says, or raise NotJson or DuplicateKey."""
    check_utf8(body)
    try:
        value = _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotJson from error
    refuse_duplicate_keys(body)
    return value


def check_utf8(body: bytes) -> None:
    """Raise NotJson unless every byte is UTF-8: readers that skip a text don't look at its bytes."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson from error


def refuse_duplicate_keys(valid: bytes) -> None:
    """Raise DuplicateKey if an object of this valid JSON has a key twice; most readers keep the last in silence."""
    try:
        _ONCE.decode(valid.decode("utf-8"))
    except RecursionError as error:
        raise NotJson from error


def _once(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise DuplicateKey


_ONCE = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str)
