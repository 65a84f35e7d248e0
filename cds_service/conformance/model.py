"""What a check is, and what it can find: right, wrong, not applicable, or not checked with the reason.

Must not call anybody: a check judges what was recorded.
Tests: tests/conformance/test_record.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cds_service.conformance.record import Record

VERSIONS = ("1.0", "2.0", "3.0b")
"""The texts of the standard, oldest first; 3.0b is the ballot for version 3."""
SHOWN_PROBLEMS = 3


class Level(StrEnum):
    """How strongly the standard asks; `ours` is what it leaves open and clients in the field rely on."""

    SHALL = "SHALL"
    SHOULD = "SHOULD"
    RECOMMENDED = "RECOMMENDED"
    OURS = "ours"


class Outcome(StrEnum):
    """What the report says of a check."""

    PASS = "pass"  # noqa: S105 - an outcome, no secret
    FAIL = "fail"
    WARN = "warn"
    NOT_APPLICABLE = "not-applicable"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Right:
    """The requirement is kept."""

    seen: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The requirement is broken: what was seen."""

    seen: str


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The service does nothing that the requirement is about."""

    seen: str


@dataclass(frozen=True, slots=True)
class NotChecked:
    """It could not be told, and why."""

    seen: str


Finding = Right | Wrong | NotApplicable | NotChecked
Judge = Callable[[Record], Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement in our words: the rows of the reference list it stands for, its level, since when, its judge."""

    id: str
    rows: tuple[int, ...]
    level: Level
    since: str
    requirement: str
    judge: Judge

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of the standard that it holds for."""
        return VERSIONS[VERSIONS.index(self.since) :]

    def outcome(self, finding: Finding, *, strict: bool) -> Outcome:
        """Return what the report says: only a broken SHALL is a failure, unless all is taken strictly."""
        match finding:
            case Right():
                return Outcome.PASS
            case Wrong():
                return Outcome.FAIL if strict or self.level is Level.SHALL else Outcome.WARN
            case NotApplicable():
                return Outcome.NOT_APPLICABLE
            case NotChecked():
                return Outcome.NOT_CHECKED


def judged(problems: list[str], seen: str = "") -> Finding:
    """Return Wrong with the first few problems, or Right where there are none."""
    if not problems:
        return Right(seen)
    more = len(problems) - SHOWN_PROBLEMS
    return Wrong("; ".join(problems[:SHOWN_PROBLEMS]) + (f"; and {more} more" if more > 0 else ""))
