"""Outcomes of a rule, with their findings and triggers.

Tests: tests/rules/test_assess.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType

from rules.facts import Code, Record, Side
from rules.sides import may_be


class Level(IntEnum):
    """Urgency (LEVEL-1), named as the CDS Hooks indicator."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def indicator(self) -> str:
        """The CDS Hooks indicator."""
        return self.name.lower()


class Severity(IntEnum):
    """Stated severity of a finding (EV-7).

    A stated moderate outranks an older severe, and means unspecified.
    """

    UNSTATED = 0
    MILD = 1
    MODERATE = 2
    SEVERE = 3


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured finding in numbers.

    It is a laboratory value against its limit, or a loss of weight.
    """

    name: str
    value: Decimal
    unit: str
    limit: Decimal | None = None
    """Upper limit of normal in the value's unit.

    For weight it is the baseline.
    """
    limit_assumed: bool = False
    since: date | None = None
    """Day of the baseline weight."""
    percent: Decimal | None = None
    corrected: Decimal | None = None
    """Calcium corrected for albumin, in the value's unit."""
    uncorrected: bool = False
    """True for calcium without an albumin to correct it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One present, recent concept after the cancer.

    Its records are newest first.
    """

    concept: str
    records: tuple[Record, ...]
    newest: date | None
    """Evidence date of the newest record, None if undated."""
    started: date | None
    """First day of the present episode."""
    severity: Severity = Severity.UNSTATED
    worsening: bool = False
    nocturnal: bool = False
    persistent: bool = False
    pre_existing: bool = False
    denied: Record | None = None
    """A later negative Observation against an active Condition (EV-5)."""
    measure: Measure | None = None
    side: Side | None = None
    """Side of its records together, as far as it is known."""
    starts: tuple[tuple[Side, date | None], ...] = ()
    """First day of the present episode by side, if the side is known."""

    def concerns(self, side: Side) -> bool:
        """Return True for a finding of this side, or of an unknown one."""
        return may_be(self.side, side)

    def started_on(self, side: Side | None) -> date | None:
        """Return the first day of the present episode of a side."""
        if side is None:
            return self.started
        return next((start for each, start in self.starts if each is side), self.started)

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every code of its records."""
        return tuple(code for record in self.records for code in record.codes)

    @property
    def undated(self) -> bool:
        """True if every record is undated.

        Such a finding reaches info at most (EV-2).
        """
        return self.newest is None

    @property
    def severe(self) -> bool:
        """True if stated as severe."""
        return self.severity is Severity.SEVERE

    @property
    def mild(self) -> bool:
        """True if stated as mild."""
        return self.severity is Severity.MILD

    @property
    def changed(self) -> bool:
        """True if severe or worsening.

        An old complaint does not explain it.
        """
        return self.severe or self.worsening


@dataclass(frozen=True, slots=True)
class Trigger:
    """One row of a rule that holds, with its level.

    The level is that before any step down.
    """

    rule: str
    level: Level
    finding: Finding
    others: tuple[Finding, ...] = ()
    """Further findings of the combination."""
    explained_by: tuple[str, ...] = ()
    """Alternative explanations on record, for one step down."""
    holds_in_every_state: bool = False
    """True if no disease state lowers it (STEP-2)."""
    never_lowered: bool = False
    weighs_history: bool = False
    """True if the row judges the time before the cancer.

    EV-8 does not lower it.
    """
    notes: tuple[str, ...] = ()
    """Names of sentences the card should add."""
    plan: str | None = None
    """Name of the work-up if different from the site's usual one."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The finding and those it is combined with."""
        return (self.finding, *self.others)


@dataclass(frozen=True, slots=True)
class Missing:
    """A source or record that a rule lacked, with a stable reason."""

    what: str
    reason: str
    card: bool = True
    """True if an incomplete card names it without another card."""


@dataclass(frozen=True, slots=True)
class Fired:
    """At least one row holds.

    `missing` values could have raised or explained it.
    """

    triggers: tuple[Trigger, ...]
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class NotFired:
    """No row holds, and everything was read."""

    explained_by: tuple[str, ...] = ()
    """Alternatives that take a finding out of account."""


NOT_FIRED = NotFired()


@dataclass(frozen=True, slots=True)
class CannotTell:
    """No row holds, and something that could change it is unknown."""

    missing: tuple[Missing, ...]


Outcome = Fired | NotFired | CannotTell


_NAMES: Mapping[type, str] = MappingProxyType({Fired: "fired", NotFired: "not-fired", CannotTell: "cannot-tell"})


def outcome_name(outcome: Outcome) -> str:
    """Return fired, not-fired or cannot-tell."""
    return _NAMES[type(outcome)]
