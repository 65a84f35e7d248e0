"""Work-up keys already done, postponed or following (WORKUP-1 to WORKUP-3).

Tests: tests/rules/test_workup.py and the cases.yaml of every site.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rules.case import Case
from rules.evidence.presence import evidence_date
from rules.facts import Kind, Record, Side
from rules.gate.state import KNOWN_DISEASE
from rules.outcome import Finding
from rules.sheet import sheet
from rules.sides import joined, may_be, parts

ORDERED = frozenset({Kind.SERVICE_REQUEST, Kind.PROCEDURE, Kind.DIAGNOSTIC_REPORT, Kind.IMAGING_STUDY})
EMERGENCY = "emergency_referral"
VOID = frozenset({"cancelled", "entered-in-error", "revoked", "not-done"})


@dataclass(frozen=True, slots=True)
class Done:
    """A work-up key with its answering record and day."""

    key: str
    record: Record
    on: date


@dataclass(frozen=True, slots=True)
class Episode:
    """First day of work-up that counts for a card.

    For laboratory findings only later days count.
    """

    start: date
    strictly_after: bool = False

    def covers(self, on: date) -> bool:
        """Return True for a work-up within the episode."""
        return on > self.start if self.strictly_after else on >= self.start


def episode_of(findings: Iterable[Finding], side: Side | None = None) -> Episode | None:
    """Return the episode that began last, or None.

    Without a known start no work-up counts as done.
    """
    episodes = []
    for finding in findings:
        started = finding.started_on(side)
        if started is None:
            return None
        by_laboratory = finding.concept.startswith("lab_")
        episodes.append(Episode(started, by_laboratory))
    return max(episodes, key=lambda episode: (episode.start, episode.strictly_after), default=None)


def done_already(case: Case, keys: Iterable[str], findings: Iterable[Finding]) -> tuple[Done, ...]:
    """Return the keys ordered or done, each with its newest record."""
    sought = tuple(findings)
    whole, sides = episode_of(sought), parts(joined(finding.side for finding in sought))
    sided = sheet("workup").words["sided"] if sides else ()
    found = (_of_sides(case, key, sought, sides) if key in sided else _newest(case, key, whole) for key in keys)
    return tuple(done for done in found if done is not None)


def _of_sides(case: Case, key: str, findings: tuple[Finding, ...], sides: tuple[Side, ...]) -> Done | None:
    """Return the newest answer if each side has one."""
    answers = [_newest(case, key, episode_of((f for f in findings if f.concerns(side)), side), side) for side in sides]
    done = [answer for answer in answers if answer is not None]
    return _latest(done) if len(done) == len(sides) else None


def _latest(answers: Iterable[Done]) -> Done | None:
    return max(answers, key=lambda done: (done.on, done.record.reference), default=None)


def _newest(case: Case, key: str, episode: Episode | None, side: Side | None = None) -> Done | None:
    if episode is None:
        return None
    return _latest(
        Done(key, record, on)
        for record in case.records(key)
        if record.kind in ORDERED and record.status not in VOID and may_be(record.side, side)
        if (on := evidence_date(record, case.as_of)) is not None and episode.covers(on)
    )


def may_follow(case: Case, keys: Iterable[str], primary: Iterable[str], findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the following keys that fit patient and findings."""
    words, primary = sheet("workup").words, tuple(primary)
    left = [key for key in keys if key not in primary]
    if EMERGENCY in primary:
        left = [key for key in left if key in words["same_day"]]
    unfit = set(must_wait(case, left))
    if not any(finding.concept in words["painful_bone"] for finding in findings):
        unfit |= set(words["of_painful_bone"])
    if case.state not in KNOWN_DISEASE:
        unfit |= set(words["of_known_disease"])
    return tuple(key for key in left if key not in unfit)


def must_wait(case: Case, keys: Iterable[str]) -> tuple[str, ...]:
    """Return the keys that pregnancy postpones."""
    radiating = sheet("workup").words["not_in_pregnancy"]
    return tuple(key for key in keys if case.pregnant and key in radiating)
