"""Decoder for the JSON value that a longer text begins with.

It finds the end of the value in the same pass.
Tests: tests/fhir/test_scan.py.
"""

import threading
from typing import NamedTuple

import msgspec
from msgspec import Raw

from cds_service.fhir.pages.page import Glanced, Page, UnreadablePage, page_of_bundle
from cds_service.fhir.pages.slices import end_of_value


class LeadingValue(NamedTuple):
    """The leading value of a text, with its page if readable."""

    raw: Raw
    page: Page | UnreadablePage | None


class _Heard(threading.local):
    """Last decoded value of this thread.

    The decoder returns no value if more text follows.
    """

    frame: Glanced | None = None


class _Ahead(Glanced, gc=False):
    def __post_init__(self) -> None:
        _HEARD.frame = self


_HEARD = _Heard()
_AHEAD = msgspec.json.Decoder(_Ahead)
_RAW = msgspec.json.Decoder(Raw)


def decode_leading_value(text: memoryview) -> LeadingValue | None:
    """Return the leading JSON value, or None.

    None means that no text follows, or that it is no value.
    """
    _HEARD.frame = None
    end, frame = end_of_value(_AHEAD, text), _heard()
    if end is None:
        end, frame = end_of_value(_RAW, text), None
    if end is None:
        return None
    raw = Raw(text[:end])
    return LeadingValue(raw, None if frame is None else page_of_bundle(raw, frame))


def _heard() -> Glanced | None:
    """Return the last decoded value once, and forget it."""
    frame, _HEARD.frame = _HEARD.frame, None
    return frame
