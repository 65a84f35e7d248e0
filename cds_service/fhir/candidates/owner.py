"""The owner of a record that names no Patient/id.

An identifier or a contained Patient decides only where it is certain.
Tests: tests/fhir/test_owner.py.
"""

from dataclasses import dataclass
from urllib.parse import unquote

import msgspec
from msgspec import Raw

from cds_service.fhir.elements.dates import days
from cds_service.fhir.pages.summary import ABSENT, Lenient, Reference
from rules.facts import Days

LOCAL = "#"
SEARCHED = "Patient?identifier="
"""Beginning of a conditional reference in a transaction."""


class _Identifier(msgspec.Struct, gc=False):
    system: str | None = None
    value: str | None = None


class _Person(msgspec.Struct, gc=False):
    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    id: str | None = None
    identifier: list[_Identifier] | None = None
    birthDate: str | None = None  # noqa: N815 - FHIR's own spelling
    gender: str | None = None


class _Holder(msgspec.Struct, gc=False):
    contained: list[Raw] | None = None


_IDENTIFIER = Lenient(_Identifier)
_PERSON = Lenient(_Person)
_HOLDER = Lenient(_Holder)
Name = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Identity:
    """Identifiers, birth date and sex of a Patient."""

    names: frozenset[Name] = frozenset()
    born: str | None = None
    gender: str | None = None

    @property
    def born_on(self) -> Days | None:
        """First and last possible day of the birth, or None."""
        return None if self.born is None else days(self.born)


def identity_of(patient: Raw | None) -> Identity:
    """Return the identity of a Patient resource."""
    person = None if patient is None else _PERSON.read(patient)
    return Identity() if person is None else _identity(person)


def _identity(person: _Person) -> Identity:
    names = {(each.system, each.value) for each in person.identifier or () if each.value}
    return Identity(frozenset(names), person.birthDate, person.gender)


def is_indirect(owner: Reference | None) -> bool:
    """Return True for an owner by identifier or contained Patient."""
    if owner is None:
        return False
    if owner.reference is None:
        return owner.identifier is not ABSENT
    return owner.reference.startswith((LOCAL, SEARCHED))


def indirect_identity(owner: Reference, resource: Raw) -> Identity | None:
    """Return what a record says about its owner.

    None means that the record names no person.
    """
    reference = owner.reference
    if reference is None:
        found = _IDENTIFIER.read(owner.identifier)
        return Identity() if found is None or not found.value else Identity(frozenset({(found.system, found.value)}))
    if reference.startswith(SEARCHED):
        system, _, value = unquote(reference.removeprefix(SEARCHED)).rpartition("|")
        return Identity(frozenset({(system or None, value)}))
    holder = _HOLDER.read(resource)
    inside = [_PERSON.read(each) for each in (holder.contained if holder else None) or ()]
    wanted = reference.removeprefix(LOCAL)
    person = next((each for each in inside if each and each.resourceType == "Patient" and each.id == wanted), None)
    return None if person is None else _identity(person)


def is_same_person(said: Identity | None, patient: Identity) -> bool | None:
    """Return True for the patient, False for another, None if uncertain."""
    if said is None:
        return False
    if said.names & patient.names:
        return True
    if said.names and patient.names:
        bare = {value for system, value in patient.names if system is None}
        unsure = {value for system, value in said.names if system is None} & {value for _, value in patient.names}
        return None if unsure or bare & {value for _, value in said.names} else False
    differs = (said.born and patient.born and said.born != patient.born) or (
        said.gender and patient.gender and said.gender != patient.gender
    )
    return False if differs else None
