"""Rule versions and numbers that differ between two days.

Tests: tests/rules/explain/test_changes.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rules.sheet import RuleInfo, Sheet, sheet
from rules.sites import FOLDERS


@dataclass(frozen=True, slots=True)
class Change:
    """A rule or number with its values on both days.

    None means no version in force.
    """

    what: str
    """Id of a rule, or folder and name of a number."""
    before: str | None
    after: str | None


def changes(before: date, after: date) -> tuple[Change, ...]:
    """Return all dated differences between two days.

    Code lists, words and work-up keys have no dates.
    """
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
