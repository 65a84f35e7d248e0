"""Common metadata of all artefacts, without any approval.

Dates come from the files in rules/.
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
    """Identity and description of an artefact."""

    kind: str
    id: str
    version: str
    title: str
    description: str
    drafted: date | None = None
    """Day of the draft, if different from the whole's."""
    name: str = ""
    """Name in its address, if different from the id.

    All versions of a rule share it.
    """


def metadata(about: About) -> Resource:
    """Return the first elements of every artefact."""
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
    """Return the canonical address of an artefact for all versions."""
    return f"urn:recurrence-cds:{kind}:{name}"


def canonical(resource: Resource) -> str:
    """Return the reference to one version of an artefact."""
    return f"{resource['url']}|{resource['version']}"


def hyphenated(key: str) -> str:
    """Return a concept or work-up key as a FHIR id."""
    return key.replace("_", "-")


def citation_artifact(citation: Citation) -> Resource:
    """Return a source with its relied-on point."""
    year = f" ({citation.year})" if citation.year else ""
    return {
        "type": "citation",
        "label": citation.id,
        "display": f"{citation.title}{year}",
        "citation": f"{citation.text}. {citation.point}",
    }
