"""Resources that tell of care, not of findings: procedures, medications, orders, reports, encounters, care plans.

Must not judge them: what was done already and what explains a finding are the rules'.
Tests: tests/service/test_read.py.
"""

from collections.abc import Iterator
from typing import Any

from cds_service.fhir.elements import (
    Json,
    decode,
    effective,
    items,
    known_codes,
    notes,
    obj,
    reference_to,
    text,
    when,
    words,
)
from cds_service.fhir.pool import Candidate, Pool
from rules.facts import Days, Kind, Record


def procedure(resource: Json, candidate: Candidate, _pool: Pool) -> Iterator[Record]:
    """Yield what was done, and whether it still goes on."""
    period = obj(resource.get("performedPeriod"))
    done = when(resource.get("performedDateTime")) or when(period.get("end")) or when(period.get("start"))
    ongoing = text(resource.get("status")) == "in-progress" and "start" in period and "end" not in period
    sites = tuple(word for item in items(resource.get("bodySite")) for word in words(item))
    yield from _simple(candidate, resource, (resource.get("code"),), done, ongoing=ongoing, sites=sites)


def _simple(
    candidate: Candidate,
    resource: Json,
    concepts: tuple[object, ...],
    dated: Days | None,
    **more: Any,  # noqa: ANN401 - fields of Record, checked by Record
) -> Iterator[Record]:
    codes, meant = known_codes(*concepts)
    kind = Kind(candidate.type)
    if not codes and kind is not Kind.IMMUNIZATION:
        return
    status = text(resource.get("status"))
    if resource.get("doNotPerform") is True:
        status = "cancelled"
    reference = reference_to(candidate.type, candidate.id)
    yield Record(reference, kind, codes, meant, status=status, recorded=dated, texts=notes(resource), **more)


def medication_request(resource: Json, candidate: Candidate, pool: Pool) -> Iterator[Record]:
    """Yield which listed drug was prescribed."""
    yield from _simple(candidate, resource, tuple(medication(resource, pool)), when(resource.get("authoredOn")))


def medication(resource: Json, pool: Pool) -> Iterator[object]:
    """Yield the codes of the medication: in the request, contained in it, or a resource of the chart."""
    yield resource.get("medicationCodeableConcept")
    reference = text(obj(resource.get("medicationReference")).get("reference")) or ""
    for contained in items(resource.get("contained")):
        if reference == f"#{contained.get('id')}":
            yield contained.get("code")
    raw = pool.medication(reference)
    if raw is not None:
        yield obj(decode(raw)).get("code")


def service_request(resource: Json, candidate: Candidate, _pool: Pool) -> Iterator[Record]:
    """Yield what was ordered."""
    yield from _simple(candidate, resource, (resource.get("code"),), when(resource.get("authoredOn")))


def diagnostic_report(resource: Json, candidate: Candidate, _pool: Pool) -> Iterator[Record]:
    """Yield what was reported on."""
    yield from _simple(candidate, resource, (resource.get("code"),), effective(resource))


def imaging_study(resource: Json, candidate: Candidate, _pool: Pool) -> Iterator[Record]:
    """Yield what was imaged."""
    concepts = tuple(items(resource.get("procedureCode")))
    yield from _simple(candidate, resource, concepts, when(resource.get("started")))


def encounter(resource: Json, candidate: Candidate, _pool: Pool) -> Iterator[Record]:
    """Yield a stay or visit of a listed kind, such as hospice care."""
    period = obj(resource.get("period"))
    kinds = (*items(resource.get("type")), {"coding": [resource.get("class")]})
    codes, _ = known_codes(*kinds)
    if codes:
        yield from _simple(candidate, resource, kinds, when(period.get("end")) or when(period.get("start")))


def immunization(resource: Json, candidate: Candidate, _pool: Pool) -> Iterator[Record]:
    """Yield any vaccination: which one it was does not matter."""
    yield from _simple(candidate, resource, (), when(resource.get("occurrenceDateTime")))


def care_plan(resource: Json, candidate: Candidate, _pool: Pool) -> Iterator[Record]:
    """Yield a plan of a listed category, or with a listed activity."""
    activities = (obj(item.get("detail")).get("code") for item in items(resource.get("activity")))
    concepts = (*items(resource.get("category")), *activities)
    codes, _ = known_codes(*concepts)
    if codes:
        period = obj(resource.get("period"))
        dated = when(period.get("start")) or when(period.get("end")) or when(resource.get("created"))
        yield from _simple(candidate, resource, concepts, dated)
