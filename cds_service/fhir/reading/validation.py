"""Strict validation of the evidence as FHIR R4.

It must not decide: a record that fails counts and is flagged. A duplicate key does not count.
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
"""Validated elements with owner, codes, dates and values.

The reader itself checks status elements against their value sets. A fault in any other element changes no rule.
"""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """Evidence with duplicate keys, and evidence that fails validation."""

    duplicates: frozenset[str]
    flagged: frozenset[str]


def validate_evidence(references: Iterable[str], candidates: Iterable[Candidate]) -> ValidationResult:
    """Return the validation of the referenced resources."""
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
    """Return True for valid deciding elements.

    Plain ones pass at once, fhir.resources judges the others. Most evidence is plain, and a model costs more than
    judging all rules.
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
    """Return the facts without records of duplicate keys.

    They become unreadable records.
    """
    refused = [record for record in facts.records if record.reference in references]
    unreadable = tuple(UnreadableRecord(r.reference, r.kind.value, r.concepts, "duplicate-key") for r in refused)
    kept = tuple(record for record in facts.records if record.reference not in references)
    return replace(facts, records=kept, unreadable=(*facts.unreadable, *unreadable))
