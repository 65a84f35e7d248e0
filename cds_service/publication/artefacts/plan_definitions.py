"""A PlanDefinition for each rule version.

It must not be executable knowledge; the condition is in words, and the function in rules/ decides.
Tests: tests/publication/test_artefacts.py.
"""

from collections.abc import Iterable, Iterator

from cards.model import PRIORITY
from cards.provenance import attributes, released
from cds_service.publication.artefacts.canonical import (
    PLAN,
    About,
    Resource,
    canonical,
    citation_artifact,
    hyphenated,
    metadata,
)
from cds_service.publication.artefacts.definitions import activity_definition
from cds_service.publication.artefacts.requirements import requirements
from rules.explain.plans import Plan, plans
from rules.explain.prose import logic
from rules.explain.sources import source
from rules.outcome import Level
from rules.rule import Rule
from rules.sheet import RuleInfo, sheet

WORDS = "text/plain"
HOOK = "patient-view"
MEANING = {
    Level.CRITICAL: "Critical: the same day",
    Level.WARNING: "Warning: within about two weeks",
    Level.INFO: "Info: routine",
}
TYPES = "http://terminology.hl7.org/CodeSystem/plan-definition-type"


def plan_id(rule: Rule) -> str:
    """Return the id of one version of a rule."""
    return f"{rule.id}-{rule.version}"


def plan_definition(rule: Rule) -> Resource:
    """Return one version of a rule as a plan."""
    info = rule.info
    about = About(
        PLAN,
        plan_id(rule),
        rule.version,
        f"{info.id} {info.title}",
        logic(rule.sheet, info),
        released(rule.sheet, info),
        name=rule.id,
    )
    return {
        **metadata(about),
        "type": {"coding": [{"system": TYPES, "code": "eca-rule", "display": "ECA Rule"}]},
        "subjectCodeableConcept": {
            "coding": [{"system": "http://hl7.org/fhir/resource-types", "code": "Patient", "display": "Patient"}]
        },
        "usage": attributes()["status"],
        "effectivePeriod": _period(info),
        "relatedArtifact": [citation_artifact(source(rule.sheet, name)) for name in info.citations],
        "action": [_action(rule, info)],
    }


def _period(info: RuleInfo) -> Resource:
    period = {"start": info.effective_from.isoformat()}
    return period if info.effective_to is None else {**period, "end": info.effective_to.isoformat()}


def _action(rule: Rule, info: RuleInfo) -> Resource:
    return {
        "title": info.title,
        "trigger": [{"type": "named-event", "name": HOOK}],
        "condition": [_applicable(f"{info.id}, in words", logic(rule.sheet, info))],
        "input": list(requirements(info)),
        "groupingBehavior": "logical-group",
        "selectionBehavior": "at-most-one",
        "action": [*_levels(rule)],
    }


def _applicable(description: str, words: str) -> Resource:
    expression = {"description": description, "language": WORDS, "expression": words}
    return {"kind": "applicability", "expression": expression}


def _levels(rule: Rule) -> Iterator[Resource]:
    """Yield the orders of each level and plan of the rule."""
    secondary = sheet(rule.sheet).workup["secondary"]
    for plan in plans().of_rule(rule.id):
        for level in plans().levels(rule.id, plan):
            yield {
                "title": f"{MEANING[level]}. {plan.when}",
                "priority": PRIORITY[level],
                "condition": [_applicable("Level and kind of finding", f"{_of_level(level)} {plan.when}.")],
                "groupingBehavior": "logical-group",
                "selectionBehavior": "any",
                "action": [*_orders(plan, level, secondary)],
            }


def _of_level(level: Level) -> str:
    return f"The highest level that remains after every step down is {level.indicator}."


def _orders(plan: Plan, level: Level, secondary: Iterable[str]) -> Iterator[Resource]:
    primary = plan.keys(level)
    yield from (_order(key) for key in primary)
    further = [_order(key) for key in secondary if key not in primary]
    yield {"title": "May follow, not proposed by itself", "selectionBehavior": "any", "action": further}


def _order(key: str) -> Resource:
    definition = activity_definition(key)
    return {"id": hyphenated(key), "title": definition["title"], "definitionCanonical": canonical(definition)}
