"""Marks of the timeline, one for each relevant record.

Tests: tests/evidence_view/test_timeline.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from cards.numbers import written
from cds_service.evidence_view.phrases import Phrases
from rules.evidence.presence import day, evidence_date
from rules.facts import Kind, Record


class Lane(StrEnum):
    """The lanes of the timeline, in the order of the page."""

    COUNTED = "counted"
    NOT_COUNTED = "not-counted"
    CANCER = "cancer"
    TREATMENT = "treatment"
    EXPLANATION = "explanation"
    WORKUP = "workup"


@dataclass(frozen=True, slots=True)
class Mark:
    """One record as the page shows it."""

    lane: Lane
    label: str
    day: date | None
    """Day of its position."""
    written: str
    """Date as exact as recorded."""
    since: str
    status: str
    sources: tuple[str, ...]
    fate: str
    """A name of the table `fate`."""
    badge: str
    """Its fate in a word or two."""
    why: tuple[str, ...]

    @property
    def title(self) -> str:
        """All of it in one line, for whoever points at it."""
        return ", ".join((self.label, self.written, self.badge, self.status, *self.sources))


@dataclass(frozen=True, slots=True)
class Told:
    """Lane, fate and reason of a record."""

    lane: Lane
    fate: str
    why: tuple[str, ...] = ()


def mark_of(record: Record, concept: str, told: Told, as_of: date, phrases: Phrases) -> Mark:
    """Return the mark of a record under one of its concepts."""
    return Mark(
        lane=told.lane,
        label=phrases.label(record, concept),
        day=evidence_date(record, as_of),
        written=_written(record, as_of, phrases),
        since=_since(record, as_of, phrases),
        status=status_of(record, phrases),
        sources=(record.reference,),
        fate=told.fate,
        badge=phrases.tables["fate"][told.fate],
        why=told.why,
    )


def newest_first(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return marks in page order, undated ones last.

    A repeated record appears once, with all statements.
    """
    found: dict[tuple[object, ...], Mark] = {}
    for mark in marks:
        key = (mark.lane, mark.sources, mark.label, mark.written)
        known = found.get(key)
        found[key] = mark if known is None else _joined(known, mark)
    return tuple(sorted(found.values(), key=lambda m: (-(m.day or date.min).toordinal(), m.label, m.sources)))


def _joined(first: Mark, second: Mark) -> Mark:
    return replace(first, why=tuple(dict.fromkeys((*first.why, *second.why))))


def status_of(record: Record, phrases: Phrases) -> str:
    """Return the recorded status.

    Of a Condition it is clinical status and certainty.
    """
    if record.kind is not Kind.CONDITION:
        return phrases.status(record.status)
    parts = [phrases.status(part) for part in (record.clinical_status, record.verification) if part]
    return ", ".join(parts) or phrases.status(None)


def _written(record: Record, as_of: date, phrases: Phrases) -> str:
    stated = next((days for days in (record.recorded, record.onset) if days is not None), None)
    if record.abatement is not None and evidence_date(record, as_of) == day(record.abatement, as_of):
        stated = record.abatement
    return phrases.tables["page"]["no_date"] if stated is None else written(stated, phrases.words)


def _since(record: Record, as_of: date, phrases: Phrases) -> str:
    if record.onset is None or record.onset == record.recorded or day(record.onset, as_of) is None:
        return ""
    if record.recorded is None:
        return ""
    return phrases.said("page", "since", day=written(record.onset, phrases.words))
