"""Reader of Conditions, such as problems and visit diagnoses.

Tests: tests/fhir/test_facts.py, tests/fhir/test_condition.py.
"""

from collections.abc import Iterator

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.elements.choices import dated
from cds_service.fhir.elements.dates import in_life
from cds_service.fhir.elements.elements import (
    Json,
    Unreadable,
    items,
    known_codes,
    notes,
    reference_to,
    status_code,
    text,
    when,
    words,
)
from cds_service.fhir.elements.releases import other_release
from cds_service.fhir.elements.sides import side_within
from rules.evidence.answer import denied
from rules.evidence.presence import ACTIVE
from rules.facts import NO_VALUE, Days, Kind, Record, Value

CLINICAL = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown"})
VERIFICATION = frozenset({"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"})


def condition(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield the one statement of a Condition with a listed code."""
    codes, concepts = known_codes(pool.vocabulary, resource.get("code"))
    severity, graded = known_codes(pool.vocabulary, resource.get("severity"))
    if not codes:
        return
    broken = None
    dates = {name: _dated(resource, name, pool) for name in ("recorded", "onset", "abatement")}
    clinical, verification, is_stated = _statuses(resource)
    is_unread = any(unread for _, unread in dates.values())
    if not is_stated:
        broken = "status"
    elif is_unread and clinical not in ACTIVE and not (dates["recorded"][0] or dates["onset"][0]):
        broken = "date"
    denials = denied(concepts)
    yield Record(
        reference=reference_to(candidate.type, candidate.id),
        kind=Kind.CONDITION,
        codes=codes,
        concepts=concepts | graded | denials,
        value=Value(boolean=False) if denials else NO_VALUE,
        clinical_status=clinical,
        verification=verification,
        categories=_categories(resource),
        abated=_has_abated(resource, dates["abatement"][0], is_unread=dates["abatement"][1]),
        severity=severity,
        texts=(*words(resource.get("severity")), *notes(resource)),
        sites=tuple(word for item in items(resource.get("bodySite")) for word in words(item)),
        side=side_within(candidate.raw, codes, resource),
        broken=other_release(resource) or broken,
        recorded=dates["recorded"][0],
        onset=dates["onset"][0],
        abatement=dates["abatement"][0],
        date_unread=is_unread,
    )


def _has_abated(resource: Json, abatement: Days | None, *, is_unread: bool) -> bool:
    """Return True for an abatement in any form, also without a date.

    A filler date is no abatement.
    """
    if abatement is None and not is_unread and not resource.keys().isdisjoint(("abatementDateTime", "abatementPeriod")):
        return False
    return any(name.startswith("abatement") for name in resource) and resource.get("abatementBoolean") is not False


def _statuses(resource: Json) -> tuple[str | None, str | None, bool]:
    """Return clinical and verification status, and False if one is unreadable."""
    try:
        clinical = status_code(resource.get("clinicalStatus"), CLINICAL)
        verification = status_code(resource.get("verificationStatus"), VERIFICATION)
    except Unreadable:
        return None, None, False
    is_stated = not (
        _misstated(resource, "clinicalStatus", clinical, CLINICAL)
        or _misstated(resource, "verificationStatus", verification, VERIFICATION)
    )
    return clinical, verification or text(resource.get("verificationStatus")), is_stated


def _categories(resource: Json) -> frozenset[str]:
    """Return every category code.

    An EHR's own may come before the standard's.
    """
    codings = (coding for item in items(resource.get("category")) for coding in items(item.get("coding")))
    return frozenset(code for coding in codings if (code := text(coding.get("code"))))


def _misstated(resource: Json, name: str, code: str | None, allowed: frozenset[str]) -> bool:
    """Return True for a status outside FHIR R4."""
    return name in resource and code not in allowed


def _dated(resource: Json, name: str, pool: EvidenceCandidates) -> tuple[Days | None, bool]:
    """Return a date of a Condition, and True if it is there and unreadable."""
    try:
        if name == "recorded":
            return in_life(when(resource.get("recordedDate")), pool.born), False
        found = dated(resource, name, pool.born, by_end=name == "abatement")
        return in_life(found, pool.born), False
    except Unreadable:
        return None, True
