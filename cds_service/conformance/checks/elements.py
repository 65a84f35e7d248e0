"""Checks of JSON elements, texts, URLs, codings and extensions.

Tests: tests/conformance/test_record.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from cds_service.conformance.text import quoted

EMPTY: tuple[object, ...] = ("", [], {})
REVERSE_DOMAIN = re.compile(r"[A-Za-z][\w-]*(?:\.[\w-]+)+")


def valueless(value: object, path: str, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield places of null or empty values, except `allowed` paths.

    In FHIR arrays a null keeps a place.
    """
    if path in allowed and value in (None, []):
        return
    if value is None or value in EMPTY:
        yield f"{path} is {quoted(value)}"
    for step, child in _children(value):
        place = f"{path}{step}"
        in_fhir_array = child is None and step.startswith("[") and ".resource." in path
        if not in_fhir_array:
            yield from valueless(child, place, allowed)


def missing_texts(item: Mapping[str, object], names: Iterable[str], path: str) -> Iterator[str]:
    """Yield required texts that are absent, mistyped or blank."""
    for name in names:
        value = item.get(name)
        if not isinstance(value, str) or not value.strip():
            yield f"{path}.{name} is {quoted(value) if name in item else 'missing'}"


def mistyped(item: Mapping[str, object], name: str, kind: type, path: str) -> Iterator[str]:
    """Yield an optional element of another type.

    Null is reported elsewhere.
    """
    value = item.get(name)
    if value is not None and not isinstance(value, kind):
        yield f"{path}.{name} is {quoted(value)}"


def unknown(item: Mapping[str, object], known: frozenset[str], path: str) -> Iterator[str]:
    """Yield the elements outside the standard."""
    yield from (f"{path}.{name} is no element of the standard" for name in item if name not in known)


def uncoded(value: object, names: Iterable[str], path: str) -> Iterator[str]:
    """Yield the missing elements of a Coding."""
    if isinstance(value, Mapping):
        yield from missing_texts(value, names, path)
    else:
        yield f"{path} is {quoted(value)}"


def is_absolute(url: object) -> bool:
    """Return True for a URL with a scheme and a host."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and not any(sign.isspace() for sign in url)


def _children(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((f".{name}", child) for name, child in value.items())
    if isinstance(value, list):
        yield from ((f"[{place}]", child) for place, child in enumerate(value))
