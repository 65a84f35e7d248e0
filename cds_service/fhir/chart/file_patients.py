"""Patients of FHIR files, each with the own records.

Two patients must not be mixed, and no record may be dropped in silence.
Tests: tests/cli/test_cli_evaluate.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from cds_service.fhir.candidates.owner import (
    Identity,
    identity_of,
    indirect_identity,
    is_indirect,
    is_same_person,
)
from cds_service.fhir.chart.file_entries import FileEntries
from cds_service.fhir.elements.elements import reference_to
from cds_service.fhir.pages.page import Entry
from cds_service.fhir.pages.summary import FRAME, Reference
from rules.facts import Gap, Kind

NOBODY = ""
"""Owner of a resource about no patient of the files."""
OTHER_PATIENT = "other-patient"
_KINDS = frozenset(kind.value for kind in Kind) | {"Patient"}


class _Owned(msgspec.Struct, gc=False):
    """References to the owner of a resource."""

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    id: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None


@dataclass(slots=True)
class PatientFile:
    """Resources of one patient of a file, with further names."""

    patient_id: str
    resources: list[Entry] = field(default_factory=list)
    urls: set[str] = field(default_factory=set)
    is_present: bool = False
    """True if the Patient resource is in the files."""
    gaps: tuple[Gap, ...] = ()
    partial: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientsOfFiles:
    """Patients in order, and references of the records of none."""

    patients: tuple[PatientFile, ...]
    unplaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of the patients of the files by URL, and their identities."""

    by_url: Mapping[str, str]
    identities: Mapping[str, Identity]


_OWNED = msgspec.json.Decoder(_Owned)


def patients_in(found: FileEntries) -> PatientsOfFiles:
    """Return the patients of files in order, each with its resources.

    Resources without an owner (organisations, medications) belong to every patient, those of a group or device to none.
    A patient who is only referred to is known by that reference. What a sole patient's files hold about others, or
    lack, is a gap of that patient.
    """
    owned = [(entry, _owned(entry)) for entry in found.entries]
    names = _names(owned)
    patients: dict[str, PatientFile] = {}
    shared: list[Entry] = []
    unplaced: list[str] = []
    for entry, owner in owned:
        name = _name_of(entry, owner, names)
        if name is None:
            shared.append(entry)
        elif name != NOBODY:
            patient = patients.setdefault(name, PatientFile(name.rpartition("/")[2], urls={name}))
            patient.resources.append(entry)
            patient.is_present = name in names.identities
        elif owner.resourceType in _KINDS:
            unplaced.append(_reference(owner))
    for name, patient in patients.items():
        patient.resources.extend(shared)
        patient.urls.update(other for other, own in names.by_url.items() if own == name)
    _say_what_lacks(list(patients.values()), unplaced, found)
    return PatientsOfFiles(tuple(patients.values()), tuple(dict.fromkeys(unplaced)))


def _say_what_lacks(patients: list[PatientFile], unplaced: list[str], found: FileEntries) -> None:
    """Give every patient the gaps of the files."""
    present = [patient for patient in patients if patient.is_present]
    for patient in patients:
        patient.gaps, patient.partial = tuple(found.short), tuple(found.may_be_short)
    if len(present) == 1:
        absent = [each for each in patients if not each.is_present]
        others = [_reference(_owned(entry)) for each in absent for entry in each.resources if _has_owner(entry)]
        named = dict.fromkeys(Gap(reference, OTHER_PATIENT) for reference in (*others, *unplaced))
        present[0].gaps = (*present[0].gaps, *named)


def _reference(owned: _Owned) -> str:
    return reference_to(owned.resourceType or "unknown", owned.id)


def _has_owner(entry: Entry) -> bool:
    owned = _owned(entry)
    return bool(owned.subject or owned.patient) and owned.resourceType in _KINDS


def _owned(entry: Entry) -> _Owned:
    try:
        return _OWNED.decode(entry.raw)
    except (msgspec.DecodeError, RecursionError):
        frame = FRAME.read(entry.raw)
        return _Owned() if frame is None else _Owned(frame.resourceType, frame.own_id, Reference(frame.owner))


def _names(owned: list[tuple[Entry, _Owned]]) -> _Names:
    """Return Patient/id by every name of each patient of the files."""
    urls: dict[str, str] = {}
    identities: dict[str, Identity] = {}
    for entry, resource in owned:
        if resource.resourceType == "Patient" and resource.id:
            own = f"Patient/{resource.id}"
            urls |= {own: own} | ({entry.full_url: own} if entry.full_url else {})
            identities[own] = identity_of(entry.raw)
    return _Names(urls, identities)


def _name_of(entry: Entry, resource: _Owned, names: _Names) -> str | None:
    """Return the owner's name, NOBODY, or None.

    NOBODY is no patient; None means that the resource names no owner.
    """
    if resource.resourceType == "Patient":
        return f"Patient/{resource.id}" if resource.id else NOBODY
    owner = resource.subject or resource.patient
    if owner is not None and is_indirect(owner):
        return _person(owner, entry, names)
    reference = owner.reference if owner else None
    if reference is None:
        return None
    plain = reference.partition("/_history/")[0]
    kind = plain.rpartition("/")[0]
    is_patient = kind.rpartition("/")[2] == "Patient" or plain in names.by_url
    return names.by_url.get(plain, plain) if is_patient else NOBODY


def _person(owner: Reference, entry: Entry, names: _Names) -> str:
    """Return the patient whom an identifier or contained Patient means.

    A sole patient keeps an uncertain record, which will be said.
    """
    said = indirect_identity(owner, entry.raw)
    verdicts = {name: is_same_person(said, identity) for name, identity in names.identities.items()}
    certain = [name for name, verdict in verdicts.items() if verdict]
    possible = [name for name, verdict in verdicts.items() if verdict is None]
    if len(certain) == 1:
        return certain[0]
    return possible[0] if not certain and len(verdicts) == 1 and possible else NOBODY
