"""RULES: every rule, in the order of the cards; a clash of ids or a rule without a sheet is refused at import.

Must not judge: rules.assess does.
Tests: tests/rules/test_registry.py.
"""

from datetime import date

from rules.bone.rule import RULES as BONE
from rules.brain.rule import RULES as BRAIN
from rules.codes import KnowledgeError
from rules.liver.rule import RULES as LIVER
from rules.local.rule import RULES as LOCAL
from rules.lung.rule import RULES as LUNG
from rules.regional.rule import RULES as REGIONAL
from rules.rule import Rule

RULESET = "2026.11.0"
"""Version of all the knowledge together, as the trace and the health page give it."""


def checked(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules, or raise KnowledgeError when two share an id or one has no entry in its rule.toml."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            message = f"rule id {rule.id} is used twice; ids are never reused"
            raise KnowledgeError(message)
        seen.add(rule.id)
        try:
            _ = rule.info
        except KeyError as error:
            message = f"rules/{rule.sheet}/rule.toml has no [[rules]] entry for {rule.id}"
            raise KnowledgeError(message) from error
    return rules


RULES = checked((*BRAIN, *BONE, *LUNG, *LIVER, *REGIONAL, *LOCAL))


def overdue(on: date) -> tuple[str, ...]:
    """Return the ids of rules whose review-by date has passed."""
    return tuple(rule.id for rule in RULES if rule.info.review_by < on)
