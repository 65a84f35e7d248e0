"""FHIR files as patients: a Bundle of any type, one resource, NDJSON, gzip or not, one or several people in it.

Must not fetch, and must not mix two people.
Tests: tests/cli/test_cli_evaluate.py.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Raw

from cds_service.errors import NotJson
from cds_service.fhir.pages.page import Entry, Page, read_page
from cds_service.fhir.pages.summary import FRAME, Reference
from cds_service.strict_json import BYTE_ORDER_MARK, check_utf8

GZIP_MAGIC = b"\x1f\x8b"
NOBODY = ""
"""Whose a resource is that is about no patient who could be named."""
LONGEST = 1024 * 1024 * 1024
"""Longest file that is read, unpacked, in bytes."""


class FileError(Exception):
    """A file can't be used; the message says why and what would do."""


class _Owned(msgspec.Struct, gc=False):
    """Whose a resource is."""

    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    id: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None


@dataclass(slots=True)
class PatientFile:
    """The resources of one patient of a file, and further names that references use for the patient."""

    patient_id: str
    resources: list[bytes] = field(default_factory=list)
    urls: set[str] = field(default_factory=set)


_OWNED = msgspec.json.Decoder(_Owned)


def read_file(path: Path | None, stdin: BinaryIO) -> bytes:
    """Return the bytes of a file, or of standard input when there is no path; gzip is unpacked. Raises FileError."""
    try:
        data = stdin.read() if path is None else path.read_bytes()
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise FileError(message) from error
    text = _unpacked(data) if data.startswith(GZIP_MAGIC) else data
    try:
        check_utf8(text)
    except NotJson as error:
        raise FileError("The file is not UTF-8 text, which FHIR JSON is.") from error
    return text.removeprefix(BYTE_ORDER_MARK)


def _unpacked(data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as unpacked:
            text = unpacked.read(LONGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        message = "The file begins like gzip but can't be unpacked; it may be cut off."
        raise FileError(message) from error
    if len(text) > LONGEST:
        message = f"The file unpacks to more than {LONGEST} bytes."
        raise FileError(message)
    return text


def patients_of(data: bytes) -> tuple[PatientFile, ...]:
    """Return the patients of a file in its order, each with the resources that name them. Raises FileError.

    Resources that name nobody (organisations, medications) go with every patient; those about something that is no
    patient (a group, a device) with none; those that name a patient who is not in the file make that patient known
    by reference alone.
    """
    owned = [(entry, _owned(entry)) for entry in _entries(data)]
    if not owned:
        message = "There is no FHIR resource in the file: give a Bundle, a resource, or NDJSON of resources."
        raise FileError(message)
    names = _names(owned)
    found: dict[str, PatientFile] = {}
    shared: list[bytes] = []
    for entry, owner in owned:
        name = _name_of(owner, names)
        if name is None:
            shared.append(bytes(entry.raw))
        elif name != NOBODY:
            patient = found.setdefault(name, PatientFile(name.rpartition("/")[2], urls={name}))
            patient.resources.append(bytes(entry.raw))
    if not found:
        message = "No resource in the file names a patient."
        raise FileError(message)
    for name, patient in found.items():
        patient.resources.extend(shared)
        patient.urls.update(other for other, own in names.items() if own == name)
    return tuple(found.values())


def _entries(data: bytes) -> Iterator[Entry]:
    page = read_page(data)
    if isinstance(page, Page):
        yield from page.entries
        return
    whole = _json_array(data)
    for line in whole if whole is not None else data.splitlines():
        if line.strip():
            page = read_page(line)
            if not isinstance(page, Page):
                message = f"The file is neither FHIR JSON nor NDJSON of it ({page.reason})."
                raise FileError(message)
            yield from page.entries


def _json_array(data: bytes) -> list[bytes] | None:
    try:
        return [bytes(raw) for raw in msgspec.json.decode(data, type=list[Raw])]
    except (msgspec.DecodeError, RecursionError):
        return None


def _owned(entry: Entry) -> _Owned:
    try:
        return _OWNED.decode(entry.raw)
    except (msgspec.DecodeError, RecursionError):
        frame = FRAME.read(entry.raw)
        return _Owned() if frame is None else _Owned(frame.resourceType, frame.own_id, Reference(frame.owner))


def _names(owned: list[tuple[Entry, _Owned]]) -> dict[str, str]:
    """Return for every name of a patient of the file, Patient/id or the fullUrl of the entry, its Patient/id."""
    names: dict[str, str] = {}
    for entry, resource in owned:
        if resource.resourceType == "Patient" and resource.id:
            own = f"Patient/{resource.id}"
            names |= {own: own} | ({entry.full_url: own} if entry.full_url else {})
    return names


def _name_of(resource: _Owned, names: dict[str, str]) -> str | None:
    """Return whose a resource is: a patient by name, NOBODY who could be named, or None when it names no one."""
    if resource.resourceType == "Patient":
        return f"Patient/{resource.id}" if resource.id else NOBODY
    owner = resource.subject or resource.patient
    reference = owner.reference if owner else None
    if reference is None:
        return None
    plain = reference.partition("/_history/")[0]
    kind = plain.rpartition("/")[0]
    is_patient = kind.rpartition("/")[2] == "Patient" or plain in names
    return names.get(plain, plain) if is_patient else NOBODY
