"""Types and validators of settings.

Tests: tests/config/test_settings.py.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from cds_service.security.urls import LOOPBACK, parse_base, parse_entry
from rules.systems import system_of

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s,|]+", re.ASCII)


def comma_separated(value: object) -> object:
    """Return the parts of a comma-separated text.

    Other values pass unchanged.
    """
    if not isinstance(value, str):
        return value
    return tuple(part for part in (piece.strip() for piece in value.split(",")) if part)


def empty_as_unset(value: object) -> object:
    """Return None for an empty text."""
    return None if value == "" else value


def server_entries(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Return FHIR bases, or raise ValueError."""
    for entry in entries:
        if parse_entry(entry) is None:
            raise ValueError(
                f"{entry!r} is no FHIR base: write https://host[:port][/path] without user, query, fragment or dots"
            )
    return entries


def origin_entries(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Return origins of pages, or raise ValueError."""
    for entry in entries:
        base = parse_entry(entry)
        if base is None or base.path:
            raise ValueError(f"{entry!r} is no origin: write https://host[:port], one for each page that may call")
    return entries


def code_systems(systems: tuple[str, ...]) -> tuple[str, ...]:
    """Return additional code systems, or raise ValueError."""
    for system in systems:
        if not _URI.fullmatch(system):
            raise ValueError(f"{system!r} is no system: write the URI that stands in Coding.system")
        if system_of(system) is not None:
            raise ValueError(f"{system!r} is read already: name systems of other countries' ICD-10 only")
    return systems


def readable(read: Callable[[Path], object]) -> AfterValidator:
    """Return a validator that reads a file."""

    def check(path: Path) -> Path:
        read(path)
        return path

    return AfterValidator(check)


def public_base(url: str) -> str:
    """Return the base in its one form, or raise ValueError."""
    base = parse_base(url)
    if base is None or (base.scheme != "https" and base.host not in LOOPBACK):
        raise ValueError("write https://host[:port][/path]; http is for loopback only")
    return str(base)


List = Annotated[tuple[str, ...], NoDecode, BeforeValidator(comma_separated)]
