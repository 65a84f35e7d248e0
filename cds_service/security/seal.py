"""Sealed data for a browser, encrypted and authenticated.

It must not hold anything of a patient.
Tests: tests/security/test_seal.py.
"""

import secrets

from joserfc.errors import JoseError
from joserfc.jwe import decrypt_compact, encrypt_compact
from joserfc.jwk import OctKey

from cds_service.security.key_files import KEY_BYTES

MAX_SEALED = 4096
"""As long as browsers keep a cookie."""
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = ("dir", "A256GCM")


class Seal:
    """Seals and opens with one key."""

    def __init__(self, key: bytes | None) -> None:
        """Take the workers' common key, or make one for this worker."""
        self._key = OctKey.import_key(key or secrets.token_bytes(KEY_BYTES))

    def sealed(self, content: bytes) -> str:
        """Return the content as a text for a cookie."""
        return encrypt_compact(_HEADER, content, self._key, algorithms=_ALGORITHMS)

    def opened(self, text: str) -> bytes | None:
        """Return the data sealed with this key, else None."""
        if len(text) > MAX_SEALED:
            return None
        try:
            return decrypt_compact(text, self._key, algorithms=_ALGORITHMS).plaintext
        except (JoseError, ValueError):
            return None
