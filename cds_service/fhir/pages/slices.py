"""Where in a page a slice of it stands: a few resources of a long page are cut out without reading it once more.

It must not read from an address: that is a number here, which tells two places apart.
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
"""How far before an element of a resource its beginning is looked for; it hardly ever stands further away."""
BYTES_EACH: Final = 16 * 1024
"""To cut out one resource takes as long as to read so much of a page."""
_RESOURCE = b'"resource"'
_BEGIN = re.compile(rb'"resource"[ \t\r\n]*:[ \t\r\n]*(?=\{)')
_RAW = msgspec.json.Decoder(Raw)
_TRAILING = "JSON is malformed: trailing characters (byte "
"""How the decoder says that a whole value was read, and more follows; the byte is the one after the first of it."""
_SPACE = b" \t\r\n"
_LANDMARKS = ("code", "subject", "patient")
"""Elements of a glance by whose place a resource is found."""


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
    """Return where in memory a text stands for as long as it is kept."""
    buffer = _Buffer()
    where = ctypes.addressof(buffer)
    _get(part, where, 0)
    found: int = buffer.buf or 0
    _release(where)
    return found


def end_of_value(decoder: "msgspec.json.Decoder[T]", text: memoryview) -> int | None:
    """Return where the JSON value ends that a text begins with.

    None where nothing follows it, or it is none, or not what the decoder expects.
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
        """Keep where the page stands."""
        self._page = memoryview(source)
        self._start = buffer_address(source)

    def cut(self, glance: ResourceSummary) -> Raw | None:
        """Return the JSON of the resource that was seen at a glance; None where it is not found at once.

        What is found is seen at a glance again: an element at the same place belongs to the same resource.
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
