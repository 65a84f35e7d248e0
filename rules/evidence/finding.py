"""Findings from the records of one concept (EV-3 to EV-9).

Tests: tests/rules/test_evidence.py, rules/evidence/cases.yaml.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from rules.evidence.presence import (
    Presence,
    evidence_date,
    from_problem_list,
    in_future,
    is_active,
    presence,
    severity,
    start_date,
)
from rules.facts import Kind, Record, Side
from rules.outcome import Finding, Severity
from rules.sheet import sheet
from rules.sides import LEFT_AND_RIGHT, covers, joined, may_be, parts
from rules.words import names

Where = Callable[[Record], bool]


class ExclusionReason(StrEnum):
    """Reasons why records of a concept make no finding."""

    NEGATED = "negated"
    BEFORE_CANCER = "before-cancer"
    TOO_OLD = "too-old"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Day of evaluation, index date and first surgery."""

    as_of: date
    index_date: date | None
    first_surgery: date | None
    local: bool = False
    """True for the local and regional form of EV-4."""


@dataclass(frozen=True, slots=True)
class ConceptEvaluation:
    """Finding of one concept, or its exclusion reasons."""

    finding: Finding | None
    exclusions: frozenset[ExclusionReason] = frozenset()


def evaluate_concept(
    concept: str, records: Iterable[Record], timeline: Timeline, where: Where | None = None
) -> ConceptEvaluation:
    """Return the finding of a concept, or its exclusion reasons."""
    as_of = timeline.as_of
    survivors, denials, negated = _survivors(_usable(records, as_of), as_of)
    silences = {ExclusionReason.NEGATED} if negated else set()
    wanted = [record for record in survivors if where is None or where(record)]
    counting = []
    for record in wanted:
        silence = exclusion_reason_of(record, timeline)
        if silence is None:
            counting.append(record)
        else:
            silences.add(silence)
    if not counting:
        return ConceptEvaluation(None, frozenset(silences))
    return ConceptEvaluation(_finding(concept, counting, survivors, denials, timeline))


def survivors_of(records: Iterable[Record], as_of: date) -> tuple[Record, ...]:
    """Return the present records that no later one cancels (EV-5)."""
    return tuple(_survivors(_usable(records, as_of), as_of)[0])


def _usable(records: Iterable[Record], as_of: date) -> list[Record]:
    return [record for record in records if record.broken is None and not in_future(record, as_of)]


def exclusion_reason_of(record: Record, timeline: Timeline) -> ExclusionReason | None:
    """Return the exclusion reason of a present record, or None."""
    if not is_after_cancer(record, timeline):
        return ExclusionReason.BEFORE_CANCER
    return None if is_recent(record, timeline.as_of) else ExclusionReason.TOO_OLD


def _survivors(records: list[Record], as_of: date) -> tuple[list[Record], dict[str, Record], bool]:
    """Return surviving present records, their denials, and any denial."""
    against = [r for r in records if presence(r, as_of) in (Presence.NEGATIVE, Presence.ENDED)]
    survivors, denials, negated = [], {}, bool(against)
    for record in records:
        if presence(record, as_of) is not Presence.PRESENT:
            continue
        later = [other for other in against if outdates(other, record, as_of)]
        if cancelled_by(record, later) is not None:
            continue
        if denying := [other for other in later if covers(other.side, record.side)]:
            denials[record.reference] = max(denying, key=lambda other: _order(other, as_of))
        survivors.append(record)
    return survivors, denials, negated


def cancelled_by(record: Record, later: Iterable[Record]) -> Record | None:
    """Return the first later record that cancels a present one.

    A record that only lowers it does not count. One of both sides needs a record of each, or one of both.
    """
    cancelling = [other for other in later if not _only_denies(other, record)]
    whole = next((other for other in cancelling if covers(other.side, record.side)), None)
    if whole is not None or record.side is not Side.BOTH:
        return whole
    sided = {other.side: other for other in cancelling}
    return sided[Side.RIGHT] if sided.keys() >= LEFT_AND_RIGHT else None


def outdates(other: Record, record: Record, as_of: date) -> bool:
    """Return True for a later record about a side of another (EV-5).

    One of a side says nothing about one without a side.
    """
    when, before = evidence_date(other, as_of), evidence_date(record, as_of)
    about = covers(other.side, record.side) or (record.side is Side.BOTH and other.side is not None)
    return when is not None and before is not None and when > before and about


def _only_denies(other: Record, record: Record) -> bool:
    """Return True if the later record only lowers.

    That is an Observation or an answer against an active Condition.
    """
    return other.kind in (Kind.OBSERVATION, Kind.QUESTIONNAIRE_RESPONSE) and is_active(record)


def _order(record: Record, as_of: date) -> tuple[date, str]:
    return evidence_date(record, as_of) or date.min, record.reference


def is_recent(record: Record, as_of: date) -> bool:
    """Return True within the window of EV-3.

    An undated record must be an active Condition (EV-2).
    """
    limits = sheet("evidence")
    when = evidence_date(record, as_of)
    if when is None:
        return is_active(record)
    window = limits.days("recent_active_days", as_of) if is_active(record) else limits.days("recent_days", as_of)
    return as_of - when <= window


def is_after_cancer(record: Record, timeline: Timeline) -> bool:
    """Return True for a finding after the cancer (EV-4).

    An unknown index date or start counts as after.
    """
    started = start_date(record, timeline.as_of)
    if timeline.index_date is None or started is None:
        return True
    if not timeline.local:
        return started >= timeline.index_date
    if timeline.first_surgery is not None and started > timeline.first_surgery:
        return True
    return started >= timeline.index_date + sheet("evidence").days("local_after_days", timeline.as_of)


def _finding(
    concept: str, counting: list[Record], survivors: list[Record], denials: dict[str, Record], timeline: Timeline
) -> Finding:
    as_of = timeline.as_of
    newest_first = tuple(sorted(counting, key=lambda record: _order(record, as_of), reverse=True))
    dates = [when for record in newest_first if (when := evidence_date(record, as_of)) is not None]
    side = joined(record.side for record in newest_first)
    sides = tuple(_by_side(side, newest_first, survivors))
    episodes = [present_episode(each.survivors, as_of) for each in sides]
    starts = [_started(episode, each.counting, as_of) for each, episode in zip(sides, episodes, strict=True)]
    worst = _stated_severity(newest_first, as_of)
    worsening = any(names(record.texts, "worsening") for record in newest_first)
    denied = [denials.get(record.reference) for record in newest_first]
    return Finding(
        concept=concept,
        records=newest_first,
        newest=max(dates, default=None),
        started=min((start for start in starts if start is not None), default=None),
        severity=worst,
        worsening=worsening,
        nocturnal=any(names(record.texts, "nocturnal") for record in newest_first),
        persistent=any(
            is_persistent(concept, episode, each.counting, as_of) for each, episode in zip(sides, episodes, strict=True)
        ),
        pre_existing=not timeline.local and all(_pre_existing(concept, each.survivors, timeline) for each in sides),
        denied=denied[0] if all(denied) else None,
        side=side,
        starts=tuple(zip(parts(side), starts, strict=False)),
    )


class _OfSide(NamedTuple):
    """Records that may be of one side."""

    side: Side | None
    counting: Iterable[Record]
    survivors: Iterable[Record]


def _by_side(side: Side | None, counting: tuple[Record, ...], survivors: list[Record]) -> Iterator[_OfSide]:
    """Yield the records of each side, with those without one.

    Another side is another finding.
    """
    if side is None:
        yield _OfSide(None, counting, survivors)
    for each in parts(side):
        yield _OfSide(each, *([r for r in records if may_be(r.side, each)] for records in (counting, survivors)))


def _started(episode: Iterable[Record], counting: Iterable[Record], as_of: date) -> date | None:
    starts = [when for record in (*episode, *counting) if (when := start_date(record, as_of)) is not None]
    return min(starts, default=None)


def _stated_severity(newest_first: tuple[Record, ...], as_of: date) -> Severity:
    """Return the newest stated severity, of one day the worst (EV-7)."""
    stated = [(evidence_date(r, as_of) or date.min, severity(r)) for r in newest_first]
    stated = [item for item in stated if item[1] is not Severity.UNSTATED]
    return max(stated)[1] if stated else Severity.UNSTATED


def present_episode(survivors: Iterable[Record], as_of: date) -> tuple[Record, ...]:
    """Return the present episode, oldest record first (EV-6).

    Neighbours are within the gap.
    """
    gap = sheet("evidence").days("episode_gap_days", as_of)
    dated = sorted(
        (
            (when, record.reference, record)
            for record in survivors
            if (when := evidence_date(record, as_of)) is not None
        ),
        key=lambda item: item[:2],
        reverse=True,
    )
    episode: list[Record] = []
    previous: date | None = None
    for when, _, record in dated:
        if previous is not None and previous - when > gap:
            break
        episode.append(record)
        previous = when
    return tuple(reversed(episode))


def span_to_persist(concept: str, as_of: date) -> timedelta:
    """Return the days to persistence, P of EV-6."""
    limits = sheet("evidence")
    if concept in limits.words["persistent_bone"]:
        return limits.days("persistent_bone_days", as_of)
    own = f"persistent_{concept}_days"
    return limits.days(own if own in limits.limits else "persistent_days", as_of)


def is_persistent(concept: str, episode: Iterable[Record], counting: Iterable[Record], as_of: date) -> bool:
    """Return True for a lasting finding (EV-6).

    Records, onset or code may show it. Records older than a year need no exclusion, because in an episode of recent
    records (EV-3) with gaps of at most 90 days the first one far enough from the newest is always younger.
    """
    span = span_to_persist(concept, as_of)
    dates = [when for record in episode if (when := evidence_date(record, as_of)) is not None]
    if dates and max(dates) - min(dates) >= span:
        return True
    return any(_lasts(record, span, as_of) for record in counting)


def _lasts(record: Record, span: timedelta, as_of: date) -> bool:
    if sheet("evidence").code_sets["persistent"].any_of(record.codes):
        return True
    started, spoken = start_date(record, as_of), evidence_date(record, as_of)
    if started is None or spoken is None:
        return False
    return spoken - started >= span or (from_problem_list(record) and as_of - started >= span)


def _pre_existing(concept: str, survivors: Iterable[Record], timeline: Timeline) -> bool:
    """Return True for a complaint from before the cancer (EV-8).

    It was persistent, or on the problem list.
    """
    index_date, as_of = timeline.index_date, timeline.as_of
    if index_date is None:
        return False
    old = [r for r in survivors if (when := start_date(r, as_of)) is not None and when < index_date]
    if any(from_problem_list(record) for record in old):
        return True
    return _lasted_before(concept, [r for r in old if (evidence_date(r, as_of) or as_of) < index_date], as_of)


def _lasted_before(concept: str, old: list[Record], as_of: date) -> bool:
    gap, span = sheet("evidence").days("episode_gap_days", as_of), span_to_persist(concept, as_of)
    first = previous = None
    for when in sorted(filter(None, (evidence_date(record, as_of) for record in old))):
        if previous is None or first is None or when - previous > gap:
            first = when
        if when - first >= span:
            return True
        previous = when
    return any(_lasts_on_its_own(record, span, as_of) for record in old)


def _lasts_on_its_own(record: Record, span: timedelta, as_of: date) -> bool:
    if sheet("evidence").code_sets["persistent"].any_of(record.codes):
        return True
    started, spoken = start_date(record, as_of), evidence_date(record, as_of)
    return started is not None and spoken is not None and spoken - started >= span
