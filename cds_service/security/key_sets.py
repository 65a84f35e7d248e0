"""Public keys of clients, registered or fetched and cached.

It must not fetch another URL, accept a private or symmetric key, or drop good keys for a bad answer.
Tests: tests/security/test_key_sets.py.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import StrEnum

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

from cds_service.errors import CdsError
from cds_service.log import Event, log_event
from cds_service.security.issuer import Algorithm, Issuer, PublicKey
from cds_service.strict_json import Body, read_strictly

TYPES: dict[Algorithm, tuple[str, str | None]] = {
    "ES384": ("EC", "P-384"),
    "ES256": ("EC", "P-256"),
    "RS384": ("RSA", None),
    "RS256": ("RSA", None),
}
MEMBERS = ("kty", "crv", "x", "y", "n", "e")
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
MIN_RSA_BITS = 2048
MAX_KEYS = 100
MAX_KID = 256
INTERVAL_S = 60
"""Shortest interval between fetches of a key set, in seconds."""
FRESH_S = 600
"""Age in seconds below which a key set is not fetched again."""
OLD_S = 3600
"""Age in seconds above which a call waits for a newer set.

A withdrawn key is then used no longer, while its owner can be reached.
"""
Read = Callable[[], Awaitable[bytes | str]]
"""Returns the body of a key set, or a failure code as text."""


class Fault(StrEnum):
    """Reason why a JWK is unusable, in words."""

    PRIVATE = "is a private or symmetric key: write public members only, and replace the key, since it was disclosed"
    TYPE = "needs kty EC (crv P-384 or P-256) or RSA"
    KID = "needs kid, the id that tokens name"
    USE = "is not meant for signatures: use must be sig, key_ops must hold verify, or both be left out"
    ALGORITHM = "needs an alg that fits its kty and crv and is one of the client's algorithms"
    WEAK = f"is too short: RSA needs {MIN_RSA_BITS} bits or more"
    BROKEN = "can't be read: its members are not those of a public key"


def public_key(jwk: Mapping[str, object], algorithms: tuple[Algorithm, ...]) -> PublicKey | Fault:
    """Return the key of a JWK, or its fault.

    Without alg the first fitting algorithm counts.
    """
    kid, kty = jwk.get("kid"), jwk.get("kty")
    if PRIVATE & jwk.keys() or kty == "oct":
        return Fault.PRIVATE
    if kty not in ("EC", "RSA"):
        return Fault.TYPE
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        return Fault.KID
    if not _for_signatures(jwk):
        return Fault.USE
    algorithm = _algorithm(jwk, algorithms)
    return Fault.ALGORITHM if algorithm is None else _imported(jwk, kid, algorithm)


def usable_keys(body: Body, algorithms: tuple[Algorithm, ...]) -> dict[str, PublicKey]:
    """Return the usable keys of a key set by id."""
    try:
        document = read_strictly(body)
    except CdsError:
        return {}
    listed = document.get("keys") if isinstance(document, dict) else None
    keys: dict[str, PublicKey] = {}
    for jwk in listed[:MAX_KEYS] if isinstance(listed, list) else ():
        key = public_key(jwk, algorithms) if isinstance(jwk, dict) else Fault.BROKEN
        if isinstance(key, PublicKey):
            keys.setdefault(key.kid, key)
    return keys


class FixedKeys:
    """Keys of the registry."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = {key.kid: key for key in keys}

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key of exactly this id."""
        return self._keys.get(kid)

    async def close(self) -> None:
        """Do nothing."""


class FetchedKeys:
    """The keys under a client's registered URL, kept in memory.

    One question at a time, and a minute between two. A call waits for it where its key is not known, or known for so
    long that it may have been withdrawn. What fails, or holds no key that can be used, changes nothing.
    """

    def __init__(self, issuer: Issuer, read: Read, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._read = read
        self._monotonic = monotonic
        self._keys: dict[str, PublicKey] = {}
        self._asked = float("-inf")
        self._learned = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key of exactly this id.

        A new fetch is tried if it may help.
        """
        age = self._monotonic() - self._learned
        if kid in self._keys and age < FRESH_S:
            return self._keys[kid]
        asking = self._ask()
        if asking is not None and (kid not in self._keys or age >= OLD_S):
            await asyncio.shield(asking)  # a caller that hangs up does not take the answer from the others
        return self._keys.get(kid)

    async def close(self) -> None:
        """End a running fetch."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _ask(self) -> asyncio.Task[None] | None:
        """Return the running fetch, or a new one if due."""
        if self._asking is not None and not self._asking.done():
            return self._asking
        if self._monotonic() - self._asked < INTERVAL_S:
            return None
        self._asked = self._monotonic()
        self._asking = asyncio.create_task(self._learn())
        return self._asking

    async def _learn(self) -> None:
        answer = await self._read()
        reason = answer if isinstance(answer, str) else "no-usable-key"
        keys = {} if isinstance(answer, str) else usable_keys(answer, self._issuer.algorithms)
        if not keys:
            log_event(Event.KEYS, client=self._issuer.client, reason=reason)
            return
        self._keys = keys
        self._learned = self._monotonic()


def _for_signatures(jwk: Mapping[str, object]) -> bool:
    operations = jwk.get("key_ops", ["verify"])
    return jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _algorithm(jwk: Mapping[str, object], algorithms: tuple[Algorithm, ...]) -> Algorithm | None:
    kind = (jwk["kty"], jwk.get("crv") if jwk["kty"] == "EC" else None)
    fitting = [name for name in algorithms if TYPES.get(name) == kind]
    if "alg" in jwk:
        return next((name for name in fitting if name == jwk["alg"]), None)
    return next(iter(fitting), None)


def _imported(jwk: Mapping[str, object], kid: str, algorithm: Algorithm) -> PublicKey | Fault:
    members = {name: jwk[name] for name in MEMBERS if name in jwk}
    kind = ECKey if jwk["kty"] == "EC" else RSAKey
    try:
        if kind is RSAKey and _bits(jwk["n"]) < MIN_RSA_BITS:
            return Fault.WEAK  # before the library reads it, which would warn on standard error
        return PublicKey(kid, algorithm, kind.import_key(members))  # type: ignore[arg-type]  # it checks them
    except (JoseError, ValueError, TypeError, KeyError):
        return Fault.BROKEN


def _bits(modulus: object) -> int:
    return int.from_bytes(urlsafe_b64decode(str(modulus).encode())).bit_length()
