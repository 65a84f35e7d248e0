"""RULES, every version of every rule in the order of cards.

Clashes and gaps in a sheet are refused at import.
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
from rules.sheet import sheet
from rules.sites import Site

RULESET = "2026.12.0"
"""Version of all knowledge, for the trace and the health page."""


def checked(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules, or raise KnowledgeError.

    Refused are two of one id and version, two of one id at different sites, a version without an entry in its
    rule.toml, and an entry that nothing judges. That versions of one rule do not overlap is checked with the sheet.
    """
    seen: dict[tuple[str, str], Rule] = {}
    sites: dict[str, Site] = {}
    for rule in rules:
        key = (rule.id, rule.version)
        if key in seen or sites.setdefault(rule.id, rule.site) is not rule.site:
            message = f"rule id {rule.id} {rule.version} is used twice; ids are never reused"
            raise KnowledgeError(message)
        seen[key] = rule
        try:
            _ = rule.info
        except KeyError as error:
            message = f"rules/{rule.sheet}/rule.toml has no [[rules]] entry for {rule.id} {rule.version}"
            raise KnowledgeError(message) from error
    for folder in {rule.sheet for rule in rules}:
        for info in (info for versions in sheet(folder).versions.values() for info in versions):
            if info.id in sites and (info.id, info.version) not in seen:
                message = f"rules/{folder}/rule.toml describes {info.id} {info.version}, which nothing judges"
                raise KnowledgeError(message)
    return rules


RULES = checked((*BRAIN, *BONE, *LUNG, *LIVER, *REGIONAL, *LOCAL))


def overdue(on: date) -> tuple[str, ...]:
    """Return rules in force past their review-by date."""
    return tuple(rule.id for rule in RULES if rule.info.in_force(on) and rule.info.review_by < on)
