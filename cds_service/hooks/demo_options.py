"""What the demo's page may wish of a call, in the request's extension: another day, another language.

Must not be asked outside the demo profile: there the extension is passed over, as any that is not known.
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
    """What the call wishes; None leaves it as it is."""

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
    """Return what the extension wishes, or raise a 400 where it can't be had; other extensions are passed over."""
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
