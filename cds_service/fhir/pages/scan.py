"""A JSON value at the head of a longer text, read at a glance and cut out in one go: to find its end is half the work.

Must not judge: what can't be read this way is left to `cds_service.fhir.pages.page`, what follows the value to the
caller.
Tests: tests/fhir/test_scan.py.
"""

import threading
from typing import NamedTuple

import msgspec
from msgspec import Raw

from cds_service.fhir.pages.page import Glanced, Page, UnreadablePage, page_of_bundle
from cds_service.fhir.pages.slices import end_of_value


class LeadingValue(NamedTuple):
    """The value that a text begins with, and its page where it can be read at a glance."""

    raw: Raw
    page: Page | UnreadablePage | None


class _Heard(threading.local):
    """What was decoded last in this thread: the decoder gives nothing back where more follows."""

    frame: Glanced | None = None


class _Ahead(Glanced, gc=False):
    def __post_init__(self) -> None:
        _HEARD.frame = self


_HEARD = _Heard()
_AHEAD = msgspec.json.Decoder(_Ahead)
_RAW = msgspec.json.Decoder(Raw)


def decode_leading_value(text: memoryview) -> LeadingValue | None:
    """Return the JSON value that a text begins with; None where nothing follows it, or it is none."""
    _HEARD.frame = None
    end, frame = end_of_value(_AHEAD, text), _heard()
    if end is None:
        end, frame = end_of_value(_RAW, text), None
    if end is None:
        return None
    raw = Raw(text[:end])
    return LeadingValue(raw, None if frame is None else page_of_bundle(raw, frame))


def _heard() -> Glanced | None:
    """Return what was decoded last, once: nothing of a chart is kept."""
    frame, _HEARD.frame = _HEARD.frame, None
    return frame
