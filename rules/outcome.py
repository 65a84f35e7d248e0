"""What a rule can answer: fired, not fired, or cannot tell; an exception is no outcome.

Must not hold clinical content.
Tests: tests/rules/test_assess.py.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum

from rules.facts import Code, Record


class Level(IntEnum):
    """Urgency (LEVEL-1); the name is the CDS Hooks indicator in capitals."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def indicator(self) -> str:
        """The CDS Hooks indicator."""
        return self.name.lower()


class Severity(IntEnum):
    """How bad a finding is said to be (EV-7); a stated moderate outranks an older severe, and means unspecified."""

    UNSTATED = 0
    MILD = 1
    MODERATE = 2
    SEVERE = 3


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured finding in numbers: a laboratory value against its limit, or a loss of weight."""

    name: str
    value: Decimal
    unit: str
    limit: Decimal | None = None
    """Upper limit of normal in the same unit; for weight the baseline."""
    limit_assumed: bool = False
    since: date | None = None
    """Weight: the day of the baseline."""
    percent: Decimal | None = None
    corrected: Decimal | None = None
    """Calcium: the value corrected for albumin, in the same unit."""
    uncorrected: bool = False
    """Calcium: no albumin was there to correct it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One concept that is present, recent and after the cancer, with the records that say so, newest first."""

    concept: str
    records: tuple[Record, ...]
    newest: date | None
    """Evidence date of the newest record; None when no record has a date."""
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

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every code of its records."""
        return tuple(code for record in self.records for code in record.codes)

    @property
    def undated(self) -> bool:
        """Whether no record has a date: such a finding reaches info at most (EV-2)."""
        return self.newest is None

    @property
    def severe(self) -> bool:
        """Whether it is said to be severe."""
        return self.severity is Severity.SEVERE

    @property
    def mild(self) -> bool:
        """Whether it is said to be mild."""
        return self.severity is Severity.MILD

    @property
    def changed(self) -> bool:
        """Whether it is severe or worsening: then an old complaint is not the explanation."""
        return self.severe or self.worsening


@dataclass(frozen=True, slots=True)
class Trigger:
    """One row of a rule that holds: its level before any step down, and what speaks against it."""

    rule: str
    level: Level
    finding: Finding
    others: tuple[Finding, ...] = ()
    """Further findings that the row combines."""
    explained_by: tuple[str, ...] = ()
    """Concepts of alternative explanations that are on record: one step down."""
    holds_in_every_state: bool = False
    """The state never lowers it (STEP-2)."""
    never_lowered: bool = False
    weighs_history: bool = False
    """The row itself judges what was there before the cancer: EV-8 does not lower it."""
    notes: tuple[str, ...] = ()
    """Names of sentences the card should add."""
    plan: str | None = None
    """Name of the work-up in the sheet when it is not the site's usual one of the level."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The finding and those it is combined with."""
        return (self.finding, *self.others)


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a rule would have needed: a source or a record, and a stable reason."""

    what: str
    reason: str
    card: bool = True
    """Whether the clinician is told in a card of its own when no other card appears."""


@dataclass(frozen=True, slots=True)
class Fired:
    """At least one row of the rule holds; `missing` are values that could have made it more urgent or explained it."""

    triggers: tuple[Trigger, ...]
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class NotFired:
    """Everything the rule reads was read, and no row holds."""

    explained_by: tuple[str, ...] = ()
    """Alternatives on record because of which a finding is not counted at all."""


NOT_FIRED = NotFired()


@dataclass(frozen=True, slots=True)
class CannotTell:
    """No row holds in what is known, and something that could have changed that is not known."""

    missing: tuple[Missing, ...]


Outcome = Fired | NotFired | CannotTell


def outcome_name(outcome: Outcome) -> str:
    """Return fired, not-fired or cannot-tell."""
    if isinstance(outcome, Fired):
        return "fired"
    return "cannot-tell" if isinstance(outcome, CannotTell) else "not-fired"
