"""Which versions of rules and which numbers were in force on one day and are not on another.

Must not say what follows from that for a patient: rules.assess judges, on one day.
Tests: tests/rules/explain/test_changes.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rules.sheet import RuleInfo, Sheet, sheet
from rules.sites import FOLDERS


@dataclass(frozen=True, slots=True)
class Change:
    """A rule or a number: its version or value on both days, None where the rule has no version in force."""

    what: str
    """The id of a rule, or folder and name of a number."""
    before: str | None
    after: str | None


def changes(before: date, after: date) -> tuple[Change, ...]:
    """Return all that has a date and differs between two days; code lists, words and work-up keys have none."""
    found = (change for folder in FOLDERS for change in _dated(sheet(folder), before, after))
    return tuple(change for change in found if change.before != change.after)


def _dated(knowledge: Sheet, before: date, after: date) -> Iterator[Change]:
    for rule, versions in knowledge.versions.items():
        yield Change(rule, _version(versions, before), _version(versions, after))
    for name, limit in knowledge.limits.items():
        then, now = (f"{limit.at(day)} {limit.unit}".rstrip() for day in (before, after))
        yield Change(f"{knowledge.folder}.{name}", then, now)


def _version(versions: tuple[RuleInfo, ...], on: date) -> str | None:
    return next((info.version for info in versions if info.in_force(on)), None)
