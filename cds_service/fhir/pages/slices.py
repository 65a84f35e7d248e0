"""Slices of single resources, cut out of a long page by address.

An address is only compared, never dereferenced.
Tests: tests/fhir/test_slices.py.
"""

import ctypes
import re
from typing import Final, TypeVar

import msgspec
from msgspec import Raw

from cds_service.fhir.pages.summary import ABSENT, ResourceSummary, summarise

T = TypeVar("T")
WINDOW_BYTES: Final = 4096
"""Search window before an element for its resource's beginning."""
BYTES_EACH: Final = 16 * 1024
"""Bytes that can be read in the time of one cut."""
_RESOURCE = b'"resource"'
_BEGIN = re.compile(rb'"resource"[ \t\r\n]*:[ \t\r\n]*(?=\{)')
_RAW = msgspec.json.Decoder(Raw)
_TRAILING = "JSON is malformed: trailing characters (byte "
"""Message of the decoder about text after a complete value.

Its number is the position after the first byte of that text.
"""
_SPACE = b" \t\r\n"
_LANDMARKS = ("code", "subject", "patient")
"""Elements of a summary whose address locates the resource."""


class _Buffer(ctypes.Structure):
    """Py_buffer, as the C interface of Python has it since 3.0."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


_PYTHON = ctypes.PyDLL(None)
_get, _release = _PYTHON.PyObject_GetBuffer, _PYTHON.PyBuffer_Release
_get.argtypes, _release.argtypes = (ctypes.py_object, ctypes.c_void_p, ctypes.c_int), (ctypes.c_void_p,)
_release.restype = None


def buffer_address(part: Raw | bytes) -> int:
    """Return the address of a text in memory."""
    buffer = _Buffer()
    where = ctypes.addressof(buffer)
    _get(part, where, 0)
    found: int = buffer.buf or 0
    _release(where)
    return found


def end_of_value(decoder: "msgspec.json.Decoder[T]", text: memoryview) -> int | None:
    """Return the end of the leading JSON value, or None.

    None also covers an unexpected message of the decoder.
    """
    try:
        decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        said = str(error)
        if not said.startswith(_TRAILING):
            return None
        end = int(said[len(_TRAILING) : -1]) - 1
        while text[end - 1] in _SPACE:
            end -= 1
        return end
    return None


class ResourceSlicer:
    """Cuts resources out of one page."""

    def __init__(self, source: bytes | Raw) -> None:
        """Keep the address of the page."""
        self._page = memoryview(source)
        self._start = buffer_address(source)

    def cut(self, glance: ResourceSummary) -> Raw | None:
        """Return the raw resource of a summary, or None.

        The cut is summarised again; an element at the same address proves that it is the same resource.
        """
        name = next((each for each in _LANDMARKS if getattr(glance, each) is not ABSENT), None)
        if name is None:
            return None
        place = buffer_address(getattr(glance, name))
        at = place - self._start
        before = bytes(self._page[max(at - WINDOW_BYTES, 0) : at])
        begin = _BEGIN.match(before, max(before.rfind(_RESOURCE), 0))
        if begin is None:
            return None
        found = self._page[at - len(before) + begin.end() :]
        end = end_of_value(_RAW, found)
        raw = None if end is None else Raw(found[:end])
        return raw if raw is not None and buffer_address(getattr(summarise(raw), name)) == place else None
