"""Fate of each record of a symptom or finding (EV-1 to EV-5).

It must use the tests of the rules, and no rule may read it.
Tests: tests/rules/explain/test_record_fates.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from rules.case import Case
from rules.codes import catalogue
from rules.evidence.finding import ExclusionReason, Timeline, cancelled_by, exclusion_reason_of, outdates
from rules.evidence.presence import Presence, in_future, presence
from rules.facts import Record
from rules.sites import LOCOREGIONAL, Site


class Fate(StrEnum):
    """Result of a record before any rule's own conditions."""

    COUNTS = "counts"
    BEFORE_CANCER = "before-cancer"
    TOO_OLD = "too-old"
    CANCELLED = "cancelled"
    """A later record cancels it."""
    DENIES = "denies"
    """It denies the finding itself."""
    ENDED = "ended"
    """It states the end of the finding itself."""
    SAYS_NOTHING = "says-nothing"
    """Refuted, entered in error, planned, or without a value."""
    IN_FUTURE = "in-future"
    UNREADABLE = "unreadable"


_SILENT = {ExclusionReason.BEFORE_CANCER: Fate.BEFORE_CANCER, ExclusionReason.TOO_OLD: Fate.TOO_OLD, None: Fate.COUNTS}
_SAID = {Presence.NEGATIVE: Fate.DENIES, Presence.ENDED: Fate.ENDED, Presence.NOTHING: Fate.SAYS_NOTHING}


@dataclass(frozen=True, slots=True)
class RecordFate:
    """One record under one concept with its fate and cause."""

    record: Record
    concept: str
    site: Site | None
    """Site of the concept, None if several sites read it."""
    fate: Fate
    by: Record | None = None
    """Cancelling record of a cancelled one."""


def record_fates(case: Case) -> tuple[RecordFate, ...]:
    """Return the fate of every record in the order of facts."""
    found = {concept: _records_of(case, concept, site) for concept, site in _findings().items()}
    order = {id(record): place for place, record in enumerate(case.facts.records)}
    every = [each for of_concept in found.values() for each in of_concept]
    return tuple(sorted(every, key=lambda each: (order[id(each.record)], each.concept)))


def _records_of(case: Case, concept: str, site: Site | None) -> tuple[RecordFate, ...]:
    records = case.records(concept)
    if not records:
        return ()
    history = case.history
    timeline = Timeline(case.as_of, history.index_date, history.first_surgery, local=site in LOCOREGIONAL)
    return tuple(RecordFate(r, concept, site, *_fate(r, records, timeline)) for r in records)


def _fate(record: Record, records: tuple[Record, ...], timeline: Timeline) -> tuple[Fate, Record | None]:
    as_of = timeline.as_of
    if not _is_usable(record, timeline):
        return (Fate.UNREADABLE if record.broken else Fate.IN_FUTURE), None
    said = presence(record, as_of)
    if said is not Presence.PRESENT:
        return _SAID[said], None
    canceller = cancelled_by(record, _later(record, records, timeline))
    if canceller is not None:
        return Fate.CANCELLED, canceller
    return _SILENT[exclusion_reason_of(record, timeline)], None


def _is_usable(record: Record, timeline: Timeline) -> bool:
    return record.broken is None and not in_future(record, timeline.as_of)


def _later(record: Record, records: tuple[Record, ...], timeline: Timeline) -> Iterator[Record]:
    """Yield negative and ended records later than a present one."""
    for other in records:
        against = _is_usable(other, timeline) and presence(other, timeline.as_of) in (
            Presence.NEGATIVE,
            Presence.ENDED,
        )
        if against and outdates(other, record, timeline.as_of):
            yield other


@cache
def _findings() -> dict[str, Site | None]:
    """Return concepts of findings with their site."""
    sites = {site.value: site for site in Site}
    return {row.concept: sites.get(row.site) for row in catalogue().rows if row.concept in catalogue().findings}
