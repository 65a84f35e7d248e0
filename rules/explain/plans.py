"""Work-up by rule and level from rules/plans.toml.

No rule may read it; a test compares it with the rules' functions.
Tests: tests/rules/explain/test_plans.py.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rules.explain.prose import filled
from rules.outcome import Level
from rules.sheet import plan_keys

USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Plan:
    """A work-up of a sheet with its rules and occasion."""

    folder: str
    name: str
    when: str
    rules: tuple[str, ...]
    highest: Level = Level.CRITICAL
    """Highest level that its findings reach."""

    def keys(self, level: Level) -> tuple[str, ...]:
        """Return its work-up keys at a level."""
        return plan_keys(self.folder, None if self.name == USUAL else self.name, level)


@dataclass(frozen=True, slots=True)
class Plans:
    """Every plan, with the levels of each rule's rows."""

    plans: tuple[Plan, ...]
    rows: Mapping[str, tuple[Level, ...]]

    def of_rule(self, rule_id: str) -> tuple[Plan, ...]:
        """Return the plans of a rule."""
        return tuple(plan for plan in self.plans if rule_id in plan.rules)

    def of_folder(self, folder: str) -> tuple[Plan, ...]:
        """Return the plans of a site's sheet."""
        return tuple(plan for plan in self.plans if plan.folder == folder)

    def levels(self, rule_id: str, plan: Plan) -> tuple[Level, ...]:
        """Return the possible levels of a rule's card, highest first.

        They are those of its rows and one below each. Critical without fresh evidence is a warning and goes no lower; a
        warning one step down is info.
        """
        rows = set(self.rows[rule_id])
        below = {Level.WARNING} if Level.CRITICAL in rows else set()
        below |= {Level.INFO} if Level.WARNING in rows else set()
        return tuple(sorted((level for level in rows | below if level <= plan.highest), reverse=True))


@cache
def plans() -> Plans:
    """Return the plans of rules/plans.toml, read once."""
    data = tomllib.loads((files("rules") / "plans.toml").read_text(encoding="utf-8-sig"))
    return Plans(
        tuple(map(_plan, data["plans"])),
        {rule: tuple(Level[name.upper()] for name in names) for rule, names in data["rows"].items()},
    )


def _plan(item: Mapping[str, Any]) -> Plan:
    highest = Level[item.get("highest", Level.CRITICAL.name).upper()]
    return Plan(item["folder"], item["name"], filled(item["folder"], item["when"]), tuple(item["rules"]), highest)
