"""Model of a check with its findings.

Tests: tests/conformance/test_record.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cds_service.conformance.record import Record

VERSIONS = ("1.0", "2.0", "3.0b")
"""Versions of the standard, oldest first.

3.0b is the ballot for version 3.
"""
SHOWN_PROBLEMS = 3


class Level(StrEnum):
    """Strength of a requirement.

    `ours` is left open by the standard and needed by clients in the field.
    """

    SHALL = "SHALL"
    SHOULD = "SHOULD"
    RECOMMENDED = "RECOMMENDED"
    OURS = "ours"


class Outcome(StrEnum):
    """Result of a check in the report."""

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
    """The requirement is broken, with the observation."""

    seen: str


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The requirement does not apply to the service."""

    seen: str


@dataclass(frozen=True, slots=True)
class NotChecked:
    """The check could not decide, with the reason."""

    seen: str


Finding = Right | Wrong | NotApplicable | NotChecked
Judge = Callable[[Record], Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement with reference rows, level, first version and judge."""

    id: str
    rows: tuple[int, ...]
    level: Level
    since: str
    requirement: str
    judge: Judge

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions of the standard with this requirement."""
        return VERSIONS[VERSIONS.index(self.since) :]

    def outcome(self, finding: Finding, *, strict: bool) -> Outcome:
        """Return the report's result.

        Only a broken SHALL is a failure, unless all is strict.
        """
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
    """Return Wrong with the first problems, else Right."""
    if not problems:
        return Right(seen)
    more = len(problems) - SHOWN_PROBLEMS
    return Wrong("; ".join(problems[:SHOWN_PROBLEMS]) + (f"; and {more} more" if more > 0 else ""))
