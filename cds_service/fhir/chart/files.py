"""Texts of FHIR files and folders, with the patients in them.

Tests: tests/cli/test_cli_evaluate.py.
"""

import gzip
import io
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from cds_service.errors import NotJson
from cds_service.fhir.chart.file_entries import NoFhir, file_entries
from cds_service.fhir.chart.file_patients import PatientFile, PatientsOfFiles, patients_in
from cds_service.strict_json import BYTE_ORDER_MARK, check_utf8

GZIP_MAGIC = b"\x1f\x8b"
LONGEST = 1024 * 1024 * 1024
"""Maximum size of an unpacked file, in bytes."""
ENDINGS = (".json", ".ndjson")


class FileError(Exception):
    """An unusable file. The message says why and how to mend it."""


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


def files_in(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return files and the FHIR files of folders, in a fixed order.

    Raises FileError for a folder without any.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(each for each in path.rglob("*") if _is_fhir(each)) if path.is_dir() else [path]
        if not inside:
            message = f"{path} holds no file that ends with {', '.join(ENDINGS)} or such an ending with .gz."
            raise FileError(message)
        found += inside
    return tuple(dict.fromkeys(found))


def _is_fhir(path: Path) -> bool:
    return path.is_file() and path.name.lower().removesuffix(".gz").endswith(ENDINGS)


def patients_of(*texts: bytes) -> tuple[PatientFile, ...]:
    """Return the patients of files in order. Raises FileError."""
    return read_patients(texts).patients


def read_patients(texts: Iterable[bytes]) -> PatientsOfFiles:
    """Return the patients of files, with the records of none of them.

    Raises FileError.
    """
    try:
        found = file_entries(texts)
    except NoFhir as error:
        message = f"The file is neither FHIR JSON nor NDJSON of it ({error})."
        raise FileError(message) from error
    if not found.entries:
        message = "There is no FHIR resource in the file: give a Bundle, a resource, or NDJSON of resources."
        raise FileError(message)
    patients = patients_in(found)
    if not patients.patients:
        message = "No resource in the file names a patient."
        raise FileError(message)
    return patients
