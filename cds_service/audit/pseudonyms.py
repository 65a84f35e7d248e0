"""Keyed hashes of patients, users and evidence.

A key must not be shown. Clients and kinds must never share a hash.
Tests: tests/audit/test_pseudonyms.py.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

HASH_HEX = 32
"""128 bits."""
KEY_ID_HEX = 8

Hashes = tuple[str, ...]
"""Hash under each key, the current one first.

Rows under a former key are found too.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret with a public id."""

    secret: bytes = field(repr=False)
    id: str
    _begun: hmac.HMAC = field(repr=False, compare=False)
    """A hash primed with the key, which is the slow part."""

    def hash(self, *parts: str) -> str:
        """Return the hash of these parts together."""
        begun = self._begun.copy()
        begun.update("\0".join(parts).encode())
        return begun.hexdigest()[:HASH_HEX]


def key_of(secret: bytes) -> Key:
    """Return a key with its id."""
    begun = hmac.new(secret, digestmod="sha256")
    return Key(secret, hmac.digest(secret, b"key", "sha256").hex()[:KEY_ID_HEX], begun)


class Pseudonyms:
    """Makes the hashes, under the current key and those before it."""

    def __init__(self, keys: Iterable[Key]) -> None:
        """Take the keys, the current one first."""
        self._keys = tuple(keys)

    @property
    def key_id(self) -> str:
        """Return the id of the current key."""
        return self._keys[0].id

    def patient(self, client: str, patient_id: str) -> Hashes:
        """Return the hashes of a patient of a client."""
        return tuple(key.hash("patient", client, patient_id) for key in self._keys)

    def user(self, client: str, user_id: str) -> Hashes:
        """Return the hashes of a user of a client, by `context.userId`."""
        return tuple(key.hash("user", client, user_id) for key in self._keys)

    def evidence(self, client: str, fingerprint: str) -> Hashes:
        """Return the hashes of a client's evidence by fingerprint."""
        return tuple(key.hash("evidence", client, fingerprint) for key in self._keys)
