"""Every artefact as stable bytes, with the listing Library.

Artefacts are built at their first request.
Tests: tests/publication/test_artefacts.py, tests/api/test_artefact_route.py.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache, partial

from cards.provenance import attributes
from cds_service.publication.artefacts.canonical import (
    ACTIVITY,
    LIBRARY,
    PLAN,
    VALUE_SET,
    About,
    Resource,
    canonical,
    hyphenated,
    metadata,
)
from cds_service.publication.artefacts.definitions import activity_definition, concepts, value_set, work_up_keys
from cds_service.publication.artefacts.plan_definitions import plan_definition, plan_id
from rules.registry import RULES, RULESET

Key = tuple[str, str]
WHOLE = "recurrence-work-up"
TYPES = "http://terminology.hl7.org/CodeSystem/library-type"


@cache
def builders() -> Mapping[Key, Callable[[], Resource]]:
    """Return the builder of each artefact by type and id."""
    return {
        **{(VALUE_SET, hyphenated(concept)): partial(value_set, concept) for concept in concepts()},
        **{(ACTIVITY, hyphenated(key)): partial(activity_definition, key) for key in work_up_keys()},
        **{(PLAN, plan_id(rule)): partial(plan_definition, rule) for rule in RULES},
        (LIBRARY, WHOLE): library,
    }


@cache
def artefact(kind: str, artefact_id: str) -> bytes | None:
    """Return an artefact as JSON, or None."""
    known = (kind, artefact_id) in builders()
    return encoded(_resource((kind, artefact_id))) if known else None


@cache
def _resource(key: Key) -> Resource:
    return builders()[key]()


def encoded(resource: Resource) -> bytes:
    """Return a resource as served and committed bytes."""
    return (json.dumps(resource, indent=1, ensure_ascii=False) + "\n").encode()


def library() -> Resource:
    """Return the collection of all other artefacts."""
    parts = [_resource(key) for key in builders() if key[0] != LIBRARY]
    about = About(
        LIBRARY,
        WHOLE,
        RULESET,
        "Breast cancer recurrence work-up",
        f"All the knowledge of ruleset {RULESET}. {attributes()['intended_use']['purpose']}",
    )
    return {
        **metadata(about),
        "type": {"coding": [{"system": TYPES, "code": "asset-collection", "display": "Asset Collection"}]},
        "usage": attributes()["status"],
        "relatedArtifact": [
            {"type": "composed-of", "display": part["title"], "resource": canonical(part)} for part in parts
        ],
    }
