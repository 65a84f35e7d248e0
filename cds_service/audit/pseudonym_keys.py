"""Key file of the hashes, the current key first.

Its content must not be shown.
Tests: tests/audit/test_pseudonym_keys.py.
"""

import base64
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from cds_service.audit.pseudonyms import Pseudonyms, key_of
from cds_service.errors import SettingsError

KEY_BYTES = 32
SETTING = "patient_key_file"
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){32,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{43,}={0,2}")


def read_pseudonyms(path: Path) -> Pseudonyms:
    """Return the pseudonyms of a key file.

    Raises SettingsError with the faulty line.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{SETTING}: {path} can't be read: {_reason(error)}") from error
    keys = [
        key_of(_secret(line.strip(), f"{path}, line {number}"))
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    if not keys:
        raise SettingsError(f"{SETTING}: {path} holds no key: write one a line, as `openssl rand -hex 32` makes it")
    return Pseudonyms(keys)


def make_key_file(path: Path) -> None:
    """Make a key file unless it exists.

    Of several processes one makes it, and the others read it.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(KEY_BYTES)}\n")
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    except OSError as error:
        raise SettingsError(f"{SETTING}: {path} can't be made: {error.strerror}") from error


def _secret(line: str, place: str) -> bytes:
    if _HEX.fullmatch(line):
        return bytes.fromhex(line)
    if _BASE64.fullmatch(line):
        with suppress(ValueError):
            secret = base64.b64decode(line, validate=True)
            if len(secret) >= KEY_BYTES:
                return secret
    raise SettingsError(f"{SETTING}: {place}: no key of {KEY_BYTES} bytes or more in hexadecimal or base64")


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "it holds what is no text"
