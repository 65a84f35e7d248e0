"""What a browser carries for us, encrypted and authenticated: nobody else can read, change or make it.

Must not hold anything of a patient, nor say why something can't be opened.
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
        """Take the key that all workers share, or make one that ends with this worker."""
        self._key = OctKey.import_key(key or secrets.token_bytes(KEY_BYTES))

    def sealed(self, content: bytes) -> str:
        """Return the content as a text for a cookie."""
        return encrypt_compact(_HEADER, content, self._key, algorithms=_ALGORITHMS)

    def opened(self, text: str) -> bytes | None:
        """Return what was sealed with this key; None for anything else."""
        if len(text) > MAX_SEALED:
            return None
        try:
            return decrypt_compact(text, self._key, algorithms=_ALGORITHMS).plaintext
        except (JoseError, ValueError):
            return None
