"""Options of the demo page in the request's extension.

Other profiles must ignore them.
Tests: tests/hooks/test_demo_options.py.
"""

import re
from dataclasses import dataclass
from datetime import date

import msgspec
from msgspec import UNSET, Raw, UnsetType

from cards.words import Language
from cds_service.errors import InvalidRequest

EXTENSION = "org.recurrence-cds.demo"
AS_OF = f"extension.{EXTENSION}.asOf"
LANGUAGE = f"extension.{EXTENSION}.language"
_DAY = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Day and language of a call, None for the default."""

    as_of: date | None = None
    language: Language | None = None


class _Named(msgspec.Struct):
    asOf: object = None  # noqa: N815 - as JSON spells it
    language: object = None


class _Extension(msgspec.Struct):
    demo: _Named | UnsetType | None = msgspec.field(default=UNSET, name=EXTENSION)


NO_OPTIONS = DemoOptions()
_EXTENSION = msgspec.json.Decoder(_Extension)


def parse_demo_options(extension: Raw) -> DemoOptions:
    """Return the options of the extension.

    Raises a 400 for impossible ones; other extensions are ignored.
    """
    try:
        found = _EXTENSION.decode(extension).demo if memoryview(extension) else None
    except msgspec.ValidationError:
        return NO_OPTIONS
    return DemoOptions(_day(found.asOf), _language(found.language)) if isinstance(found, _Named) else NO_OPTIONS


def _day(value: object) -> date | None:
    if value is None:
        return None
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidRequest(AS_OF, "must be a day from 1900 to 2199, as 2026-06-15")


def _language(value: object) -> Language | None:
    if value is None:
        return None
    if isinstance(value, str) and value in set(Language):
        return Language(value)
    raise InvalidRequest(LANGUAGE, f"must be one of {', '.join(Language)}")
