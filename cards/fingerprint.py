"""Concerns of a card and fingerprints of their evidence.

They must keep whatever could change the meaning of a record.
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
"""Fields derived from codes or filing, without clinical content."""
_IF_KNOWN = frozenset({"side", "date_unread"})
"""Fields that are written only if set, so that other fingerprints keep their form."""
_OWN = tuple(field.name for field in fields(Record) if field.name not in _NOT_THE_RECORDS_OWN)


@dataclass(frozen=True, slots=True)
class Concern:
    """Topic, level and evidence that an override answers.

    A merged card has one concern for each site.
    """

    topic: str
    level: Level
    evidence: frozenset[str]
    """Fingerprints. They hold text of the record: they leave the process as keyed hashes only."""


def site_concern(site: SiteAssessment) -> Concern:
    """Return the concern of a site with a card."""
    records = (record for finding in findings_of(site.active_triggers) for record in finding.records)
    return Concern(topic(site), site.level or Level.INFO, frozenset(map(fingerprint, records)))


def unchecked_concern(items: Iterable[Missing]) -> Concern:
    """Return the concern of the incomplete card.

    Each unread source with its reason is a piece of evidence.
    """
    return Concern(TOPIC, Level.INFO, frozenset(_written([item.what, item.reason]) for item in items))


def fingerprint(record: Record) -> str:
    """Return a text for resource, dates, status, value and words.

    The order of codes, texts and ranges makes no difference.
    """
    said = {name: value for name in _OWN if (value := getattr(record, name)) or name not in _IF_KNOWN}
    return _written({name: sorted(map(_written, v)) if isinstance(v, tuple) else v for name, v in said.items()})


def _plain(value: object) -> object:
    """Return sorted sets, named parts and plain texts."""
    if isinstance(value, frozenset):
        return sorted(value)
    names = _names(type(value))  # type: ignore[arg-type]  # a type can be a key
    return {name: getattr(value, name) for name in names} if names else str(value)


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return field names of a part, () for text."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


_written = json.JSONEncoder(sort_keys=True, default=_plain, separators=(",", ":")).encode
