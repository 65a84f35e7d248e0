"""Form of the Patient resource and its links to other records.

A link must not be followed, because another record is never fetched.
Tests: tests/fhir/test_patient_links.py.
"""

from dataclasses import dataclass

import msgspec
from msgspec import Raw

from cds_service.fhir.pages.summary import ABSENT
from rules.facts import Gap

PATIENT = "Patient"
INACTIVE, REPLACED, MERGED, LINKED = "inactive", "replaced", "merged", "linked"
_LINKS = {"replaced-by": REPLACED, "replaces": MERGED}
_MOST_TELLING = (REPLACED, MERGED, LINKED)
NOT_THE_LIVE_RECORD = frozenset({INACTIVE, REPLACED})
"""Reasons why the record is no longer active."""


class _Link(msgspec.Struct, gc=False):
    type: str | None = None


class _Patient(msgspec.Struct, gc=False):
    active: bool | None = None
    link: list[_Link] | None = None


class _Form(msgspec.Struct, gc=False):
    animal: Raw = ABSENT
    active: Raw = ABSENT
    link: Raw = ABSENT


_FORM = msgspec.json.Decoder(_Form)
_PATIENT = msgspec.json.Decoder(_Patient)


@dataclass(frozen=True, slots=True)
class PatientLinks:
    """Reasons for records under another patient id."""

    gaps: tuple[Gap, ...] = ()

    @property
    def is_live(self) -> bool:
        """True if the record is still active."""
        return not any(gap.reason in NOT_THE_LIVE_RECORD for gap in self.gaps)


NO_LINKS = PatientLinks()


def is_former_release(raw: Raw) -> bool:
    """Return True for a Patient of an earlier FHIR release."""
    form = _form(raw)
    return form is not None and form.animal is not ABSENT


def patient_links(raw: Raw | None) -> PatientLinks:
    """Return the links of a Patient to other records."""
    form = None if raw is None else _form(raw)
    if raw is None or form is None or (form.active is ABSENT and form.link is ABSENT):
        return NO_LINKS
    try:
        patient = _PATIENT.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return PatientLinks((Gap(PATIENT, LINKED),))
    reasons = {_LINKS.get(link.type or "", LINKED) for link in patient.link or ()}
    linked = next((reason for reason in _MOST_TELLING if reason in reasons), None)
    found = ([INACTIVE] if patient.active is False and linked != REPLACED else []) + ([linked] if linked else [])
    return PatientLinks(tuple(Gap(PATIENT, reason) for reason in found)) if found else NO_LINKS


def _form(raw: Raw) -> _Form | None:
    try:
        return _FORM.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
