"""Resources whose deciding elements were masked or left out.

Whether they matter is unknown, so they must be said.
Tests: tests/fhir/test_completeness.py.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Raw

from cds_service.fhir.candidates.labels import label_in, may_be_labelled
from cds_service.fhir.candidates.relevance import CODED
from cds_service.fhir.candidates.unreadable import UnreadableResource
from cds_service.fhir.elements.elements import decode, obj
from cds_service.fhir.elements.modifiers import REDACTED
from cds_service.fhir.pages.page import Page
from cds_service.fhir.pages.summary import ABSENT, MedicationRequest, ResourceSummary, summarise

_MASKS = (b"masked", b'"MSK"')
_DECIDING: Mapping[str, tuple[str, ...]] = {
    "CarePlan": ("category", "activity"),
    "Encounter": ("type", "reasonCode", "reasonReference"),
    "ImagingStudy": ("procedureCode", "procedureReference", "series", "modality"),
    "Immunization": ("vaccineCode", "occurrenceDateTime"),
    "QuestionnaireResponse": ("item",),
}
"""Elements that decide about a resource without a code, of which one is enough."""


def veiled(pages: Sequence[Page], codes: Iterable[bytes]) -> Iterator[UnreadableResource]:
    """Yield resources whose code is masked, or missing under a label.

    The distinct codes of the chart show whether any can be masked.
    """
    is_masked = _is_masked(b" ".join(set(codes)))
    for page in pages:
        if not (is_masked or _has_no_text(page) or may_be_labelled(page.source)):
            continue
        for index, glance in enumerate(_glances(page)):
            label = _label(glance, page, index)
            if label is not None:
                yield UnreadableResource(glance.resourceType or "unknown", glance.id, label)


def _label(glance: ResourceSummary, page: Page, index: int) -> str | None:
    """Return why a resource cannot be judged, or None."""
    kind = glance.resourceType or ""
    if type(glance) in CODED:
        return _of_code(b"" + glance.code, page, index)
    if isinstance(glance, MedicationRequest):
        is_elsewhere = glance.medicationReference is not None or glance.medication is not ABSENT
        return None if is_elsewhere else _of_code(b"" + glance.medicationCodeableConcept, page, index)
    if kind not in _DECIDING:
        return None
    raw: Raw = page.raw(index)
    label = label_in(raw)
    return label if label is not None and obj(decode(raw)).keys().isdisjoint(_DECIDING[kind]) else None


def _has_no_text(page: Page) -> bool:
    """Return True for a page of resources from a file."""
    return not memoryview(page.source).nbytes


def _of_code(code: bytes, page: Page, index: int) -> str | None:
    if not code:
        return label_in(page.raw(index))
    return REDACTED if _is_masked(code) else None


def _glances(page: Page) -> Iterator[ResourceSummary]:
    if page.summaries is not None:
        yield from page.summaries
        return
    for entry in page.slices:
        try:
            yield summarise(entry.raw)
        except (msgspec.DecodeError, RecursionError):
            yield ResourceSummary()


def _is_masked(code: bytes) -> bool:
    return any(mask in code for mask in _MASKS)
