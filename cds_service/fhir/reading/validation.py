"""A second, strict look at what became evidence: no key twice, and whether it validates as FHIR R4.

Must not decide anything by validation: a record that fails it counts, and is flagged. A doubled key does not count.
Tests: tests/fhir/test_validation.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.observation import Observation
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from pydantic import ValidationError

from cds_service.errors import DuplicateKey, NotJson
from cds_service.fhir.candidates.candidates import Candidate
from cds_service.fhir.elements.elements import Json
from cds_service.fhir.reading.plain_elements import is_plain
from cds_service.strict_json import parse_once
from rules.facts import Facts, UnreadableRecord

MODELS: Mapping[str, type[FHIRAbstractModel]] = {"Condition": Condition, "Observation": Observation}

DECISIVE = frozenset(
    (
        *("resourceType", "id", "status", "code", "subject", "component"),
        *("onsetDateTime", "onsetPeriod", "abatementDateTime", "abatementPeriod", "recordedDate"),
        *("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued"),
        *("valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger"),
    )
)
"""What is validated: whose it is, what it is called, when it was, what was found. The reader itself checks the status
elements against their value sets; a fault in any other element changes nothing that a rule reads."""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """Which evidence holds a key twice (unusable), and which fails strict validation (flagged)."""

    duplicates: frozenset[str]
    flagged: frozenset[str]


def validate_evidence(references: Iterable[str], candidates: Iterable[Candidate]) -> ValidationResult:
    """Return what a strict reader says of the resources with those references."""
    wanted = set(references)
    duplicates, flagged = set(), set()
    for candidate in candidates:
        reference = f"{candidate.type}/{candidate.id or ''}"
        if reference not in wanted:
            continue
        try:
            resource = parse_once(bytes(candidate.raw))
        except (DuplicateKey, NotJson):
            duplicates.add(reference)
            continue
        if not _validates(candidate.type, resource):
            flagged.add(reference)
    return ValidationResult(frozenset(duplicates), frozenset(flagged))


def _validates(kind: str, resource: Json) -> bool:
    """Return whether the deciding elements are valid FHIR R4: plain ones are, of all others fhir.resources decides.

    Most evidence is plain, and building a model of it costs more than judging all rules.
    """
    deciding = {name: value for name, value in resource.items() if name in DECISIVE}
    model = MODELS.get(kind)
    if model is None or is_plain(deciding):
        return True
    try:
        model.model_validate(deciding)
    except (ValidationError, ValueError):
        return False
    return True


def without(facts: Facts, references: frozenset[str]) -> Facts:
    """Return the facts without the records that hold a key twice: they are said to be unreadable."""
    refused = [record for record in facts.records if record.reference in references]
    unreadable = tuple(UnreadableRecord(r.reference, r.kind.value, r.concepts, "duplicate-key") for r in refused)
    kept = tuple(record for record in facts.records if record.reference not in references)
    return replace(facts, records=kept, unreadable=(*facts.unreadable, *unreadable))
