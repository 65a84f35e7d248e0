"""What all artefacts share: canonical addresses, names, dates and the note that nobody approved them.

It must not read the clock: dates come from the files under rules/.
Tests: tests/publication/test_artefacts.py.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from cards.provenance import attributes
from rules.sheet import Citation

Resource = dict[str, Any]
ACTIVITY, PLAN, LIBRARY, VALUE_SET = "ActivityDefinition", "PlanDefinition", "Library", "ValueSet"
TERMS = (
    "SNOMED CT, LOINC, RxNorm and ICD-10-CM codes and names stay under their owners' terms; this product lists only "
    "those that its rules read."
)


@dataclass(frozen=True, slots=True)
class About:
    """What identifies an artefact and describes it."""

    kind: str
    id: str
    version: str
    title: str
    description: str
    drafted: date | None = None
    """The day of the draft, where it is not that of the whole."""
    name: str = ""
    """What follows the kind in its address, where it is not the id: all versions of a rule share theirs."""


def metadata(about: About) -> Resource:
    """Return the elements with which every artefact begins."""
    return {
        "resourceType": about.kind,
        "id": about.id,
        "url": url(about.kind, about.name or about.id),
        "version": about.version,
        "name": "".join(part[:1].upper() + part[1:] for part in (about.name or about.id).split("-")),
        "title": about.title,
        "status": "draft",
        "experimental": True,
        "date": (about.drafted or attributes()["drafted"]).isoformat(),
        "publisher": attributes()["developer"],
        "description": about.description,
    }


def url(kind: str, name: str) -> str:
    """Return the canonical address of an artefact, the same in all its versions."""
    return f"urn:recurrence-cds:{kind}:{name}"


def canonical(resource: Resource) -> str:
    """Return the reference to one version of an artefact."""
    return f"{resource['url']}|{resource['version']}"


def hyphenated(key: str) -> str:
    """Return a concept or work-up key as a FHIR id."""
    return key.replace("_", "-")


def citation_artifact(citation: Citation) -> Resource:
    """Return a source with the point that is relied on."""
    year = f" ({citation.year})" if citation.year else ""
    return {
        "type": "citation",
        "label": citation.id,
        "display": f"{citation.title}{year}",
        "citation": f"{citation.text}. {citation.point}",
    }
