"""A rule: its site, its sheet and the pure function that judges a case.

It must not hold a number of its own.
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
    """One version of a rule: its site, its sheet and the pure function that judges a case."""

    id: str
    site: Site
    sheet: str
    judge: Judge
    version: str = FIRST

    @property
    def info(self) -> RuleInfo:
        """Title, dates, triggers and alternatives from the sheet; raises KeyError when it has no such version."""
        return sheet(self.sheet).version(self.id, self.version)


def rules_of(site: Site, family: str, *judges: Judge) -> tuple[Rule, ...]:
    """Return the first version of each rule of a site, numbered from 1 in their order.

    A later version is a Rule of its own beside them, with the same id: the day that is looked at picks one.
    """
    folder = folder_of(site)
    return tuple(Rule(f"{family}-{number}", site, folder, judge) for number, judge in enumerate(judges, start=1))
