"""Data requirements of a rule, its triggers and alternatives.

History, state and person are read by every rule and not listed.
Tests: tests/publication/test_artefacts.py.
"""

from collections.abc import Iterator

from cds_service.publication.artefacts.canonical import VALUE_SET, Resource, hyphenated, url
from cds_service.publication.artefacts.compose import listing
from rules.facts import Kind, System
from rules.registry import RULESET
from rules.sheet import RuleInfo, sheet

VACCINATION, SURGERY = "vaccination", "surgery"
MEASURED = frozenset({"lab", "vital"})
FELT = frozenset({"symptom", "finding"})


def requirements(info: RuleInfo) -> Iterator[Resource]:
    """Yield the requirements, with trigger or alternative in the id."""
    for concept in info.triggers:
        yield from _of_concept("trigger", concept)
    for concept in info.alternatives:
        if concept == VACCINATION:
            yield {"id": "alternative-vaccination", "type": Kind.IMMUNIZATION.value}
            continue
        for each in sheet("gate").words[SURGERY] if concept == SURGERY else (concept,):
            yield from _of_concept("alternative", each)


def _of_concept(part: str, concept: str) -> Iterator[Resource]:
    for kind, path in _places(concept):
        yield {
            "id": f"{part}-{hyphenated(concept)}-{kind.value}-{path}",
            "type": kind.value,
            "codeFilter": [{"path": path, "valueSet": f"{url(VALUE_SET, hyphenated(concept))}|{RULESET}"}],
        }


def _places(concept: str) -> Iterator[tuple[Kind, str]]:
    """Yield the resources and elements with codes of the concept."""
    rows = listing().rows(concept)
    roles, systems = {row.role for row in rows}, {row.code.system for row in rows}
    if roles <= MEASURED:
        yield Kind.OBSERVATION, "code"
        return
    if systems - {System.RXNORM}:
        yield Kind.CONDITION, "code"
        if "treatment" in roles:
            yield Kind.PROCEDURE, "code"
        else:
            yield from ((Kind.OBSERVATION, "code"), (Kind.OBSERVATION, "value"))
        if roles <= FELT:
            yield from ((Kind.ENCOUNTER, "reasonCode"), (Kind.QUESTIONNAIRE_RESPONSE, "item.answer.value"))
    if System.RXNORM in systems:
        yield Kind.MEDICATION_REQUEST, "medication"
