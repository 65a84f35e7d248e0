"""Patients in FHIR files, such as Bundles and NDJSON.

Two patients must not be mixed.
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
"""Owner of a resource about no patient."""
LONGEST = 1024 * 1024 * 1024
"""Maximum size of an unpacked file, in bytes."""


class FileError(Exception):
    """An unusable file. The message says why and how to mend it."""


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
    resources: list[bytes] = field(default_factory=list)
    urls: set[str] = field(default_factory=set)


_OWNED = msgspec.json.Decoder(_Owned)


def read_file(path: Path | None, stdin: BinaryIO) -> bytes:
    """Return the bytes of a file or of standard input, unpacked.

    Raises FileError.
    """
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
    """Return the patients of a file in order, each with its resources.

    Raises FileError. Resources without an owner (organisations, medications) belong to every patient, those of a group
    or device to none. A patient who is only referred to is known by that reference.
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
    """Return Patient/id by every name of each patient of the file."""
    names: dict[str, str] = {}
    for entry, resource in owned:
        if resource.resourceType == "Patient" and resource.id:
            own = f"Patient/{resource.id}"
            names |= {own: own} | ({entry.full_url: own} if entry.full_url else {})
    return names


def _name_of(resource: _Owned, names: dict[str, str]) -> str | None:
    """Return the owner's name, NOBODY, or None.

    NOBODY is no patient; None means that the resource names no owner.
    """
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
