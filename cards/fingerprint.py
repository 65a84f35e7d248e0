"""What a card raises, at which level and on which evidence, so that it can be told whether it says anything new.

Must not shorten what it compares: whatever could change the meaning of a record is part of its fingerprint.
Tests: tests/cards/test_fingerprint.py.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache

from cards.evidence import findings_of
from cards.incomplete import TOPIC
from cards.recurrence import topic
from rules.assess import SiteAssessment
from rules.facts import Record
from rules.outcome import Level, Missing

_NOT_THE_RECORDS_OWN = ("concepts", "categories")
"""What our knowledge makes of the codes, and where the EHR files the record: neither changes what was found."""
_OWN = tuple(field.name for field in fields(Record) if field.name not in _NOT_THE_RECORDS_OWN)


@dataclass(frozen=True, slots=True)
class Concern:
    """What an override answers: a topic at a level on evidence. A card for several sites holds one for each of them."""

    topic: str
    level: Level
    evidence: frozenset[str]
    """Fingerprints. They hold text of the record: they leave the process as keyed hashes only."""


def site_concern(site: SiteAssessment) -> Concern:
    """Return what the card of a site raises; it must have a card."""
    records = (record for finding in findings_of(site.active_triggers) for record in finding.records)
    return Concern(topic(site), site.level or Level.INFO, frozenset(map(fingerprint, records)))


def unchecked_concern(items: Iterable[Missing]) -> Concern:
    """Return what the card about things not checked raises: each of them with its reason is a piece of evidence."""
    return Concern(TOPIC, Level.INFO, frozenset(_written([item.what, item.reason]) for item in items))


def fingerprint(record: Record) -> str:
    """Return a text that is the same only for the same resource with the same dates, status, value and words.

    In which order codes, texts or ranges stand makes no difference.
    """
    said = {name: getattr(record, name) for name in _OWN}
    return _written({name: sorted(map(_written, v)) if isinstance(v, tuple) else v for name, v in said.items()})


def _plain(value: object) -> object:
    """Return sets in one order; parts of a record by the names of theirs; dates and decimals as text."""
    if isinstance(value, frozenset):
        return sorted(value)
    names = _names(type(value))  # type: ignore[arg-type]  # a type can be a key
    return {name: getattr(value, name) for name in names} if names else str(value)


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the parts of a record's part; none for what is written as text."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


_written = json.JSONEncoder(sort_keys=True, default=_plain, separators=(",", ":")).encode
