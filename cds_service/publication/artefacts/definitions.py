"""A ValueSet for each concept, an ActivityDefinition for each key.

Tests: tests/publication/test_artefacts.py.
"""

from cards.concepts import concept_name
from cards.provenance import attributes
from cards.recurrence import order_codings
from cards.words import english
from cds_service.publication.artefacts.canonical import (
    ACTIVITY,
    TERMS,
    VALUE_SET,
    About,
    Resource,
    hyphenated,
    metadata,
)
from cds_service.publication.artefacts.compose import listing
from rules.codes import Row, catalogue
from rules.facts import System
from rules.registry import RULESET

SUBTYPES = " Of SNOMED CT the listed concepts count, a subtype only where it is listed itself."
BELOW = " Of ICD-10-CM a code with a filter counts with everything below it, unless a longer listed code is another's."


def concepts() -> tuple[str, ...]:
    """Return every concept in the order of the files."""
    return tuple(dict.fromkeys(row.concept for row in catalogue().rows))


def work_up_keys() -> tuple[str, ...]:
    """Return every work-up key in the order of its file."""
    return tuple(dict.fromkeys(row.concept for row in catalogue().rows if row.role == "workup"))


def value_set(concept: str) -> Resource:
    """Return the value set of a concept, equivalent to rules.codes."""
    name = concept_name(concept)
    about = About(
        VALUE_SET,
        hyphenated(concept),
        RULESET,
        name[:1].upper() + name[1:],
        f"The codes that the rules read as {name}.{_reach(listing().rows(concept))}",
    )
    return {
        **metadata(about),
        "purpose": attributes()["status"],
        "copyright": TERMS,
        "compose": listing().compose(concept),
    }


def _reach(rows: tuple[Row, ...]) -> str:
    """Return how far below the listed codes the concept reaches."""
    below = BELOW if any(row.code.system is System.ICD10CM and row.descendants for row in rows) else ""
    return below + (SUBTYPES if any(row.code.system is System.SNOMED for row in rows) else "")


def activity_definition(key: str) -> Resource:
    """Return the draft order of a work-up key with the codes of a card."""
    text = english().order(key)
    codings = [
        {"system": coding.code.system.value, "code": coding.code.value, "display": coding.display}
        for coding in order_codings(key)
    ]
    about = About(ACTIVITY, hyphenated(key), RULESET, text, f"A draft order that a card may propose: {text}.")
    return {
        **metadata(about),
        "usage": attributes()["status"],
        "copyright": TERMS,
        "kind": "ServiceRequest",
        "intent": "proposal",
        "code": {**({"coding": codings} if codings else {}), "text": text},
    }
