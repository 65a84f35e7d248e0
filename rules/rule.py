"""A rule with its site, sheet and judging function.

Tests: tests/rules/test_rule.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.outcome import Outcome
from rules.sheet import RuleInfo, sheet
from rules.sites import Site, folder_of

if TYPE_CHECKING:
    from rules.case import Case

Judge = Callable[["Case", RuleInfo], Outcome]
FIRST = "1.0.0"


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule with its pure judging function."""

    id: str
    site: Site
    sheet: str
    judge: Judge
    version: str = FIRST

    @property
    def info(self) -> RuleInfo:
        """Title, dates, triggers and alternatives from the sheet.

        Raises KeyError for a missing version.
        """
        return sheet(self.sheet).version(self.id, self.version)


def rules_of(site: Site, family: str, *judges: Judge) -> tuple[Rule, ...]:
    """Return the first version of each rule of a site.

    They are numbered from 1. A later version is a Rule with the same id beside them, and the day of evaluation picks
    one.
    """
    folder = folder_of(site)
    ids = (f"{family}-{number}" for number in range(1, len(judges) + 1))
    return tuple(Rule(i, site, folder, judge, _first(folder, i)) for i, judge in zip(ids, judges, strict=True))


def _first(folder: str, rule: str) -> str:
    """Return the version of a rule's first entry in its sheet."""
    return next((info.version for info in sheet(folder).versions.get(rule, ())), FIRST)
