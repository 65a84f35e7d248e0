"""Reader of Conditions, such as problems and visit diagnoses.

Tests: tests/fhir/test_facts.py, tests/fhir/test_condition.py.
"""

from collections.abc import Iterator

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.elements.elements import (
    Json,
    Unreadable,
    items,
    known_codes,
    notes,
    obj,
    plain_code,
    reference_to,
    text,
    when,
    words,
)
from cds_service.fhir.elements.releases import other_release
from rules.facts import Days, Kind, Record

CLINICAL = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown"})
VERIFICATION = frozenset({"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"})


def condition(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield the one statement of a Condition with a listed code."""
    codes, concepts = known_codes(pool.vocabulary, resource.get("code"))
    severity, graded = known_codes(pool.vocabulary, resource.get("severity"))
    if not codes:
        return
    broken = None
    dates: dict[str, Days | None] = {}
    for name, read in (("recorded", _recorded), ("onset", _onset), ("abatement", _abatement)):
        try:
            dates[name] = read(resource)
        except Unreadable as error:
            broken = str(error)
            dates[name] = None
    clinical, verification = plain_code(resource.get("clinicalStatus")), plain_code(resource.get("verificationStatus"))
    if _misstated(resource, "clinicalStatus", clinical, CLINICAL) or _misstated(
        resource, "verificationStatus", verification, VERIFICATION
    ):
        broken = "status"
        verification = verification or text(resource.get("verificationStatus"))
    yield Record(
        reference=reference_to(candidate.type, candidate.id),
        kind=Kind.CONDITION,
        codes=codes,
        concepts=concepts | graded,
        clinical_status=clinical,
        verification=verification,
        categories=_categories(resource),
        abated=any(name.startswith("abatement") for name in resource) and resource.get("abatementBoolean") is not False,
        severity=severity,
        texts=(*words(resource.get("severity")), *notes(resource)),
        sites=tuple(word for item in items(resource.get("bodySite")) for word in words(item)),
        broken=other_release(resource) or broken,
        recorded=dates["recorded"],
        onset=dates["onset"],
        abatement=dates["abatement"],
    )


def _categories(resource: Json) -> frozenset[str]:
    """Return every category code.

    An EHR's own may come before the standard's.
    """
    codings = (coding for item in items(resource.get("category")) for coding in items(item.get("coding")))
    return frozenset(code for coding in codings if (code := text(coding.get("code"))))


def _misstated(resource: Json, name: str, code: str | None, allowed: frozenset[str]) -> bool:
    """Return True for a status outside FHIR R4."""
    return name in resource and code not in allowed


def _recorded(resource: Json) -> Days | None:
    return when(resource.get("recordedDate"))


def _onset(resource: Json) -> Days | None:
    period = obj(resource.get("onsetPeriod"))
    return when(resource.get("onsetDateTime")) or when(period.get("start")) or when(period.get("end"))


def _abatement(resource: Json) -> Days | None:
    period = obj(resource.get("abatementPeriod"))
    return when(resource.get("abatementDateTime")) or when(period.get("end")) or when(period.get("start"))
