"""Verification of a client's signed token.

Key, algorithm and address must not come from the token, and the caller must not learn the failed check.
Tests: tests/security/test_jwt.py.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry, extract_compact, validate_compact
from joserfc.util import urlsafe_b64decode

from cds_service.errors import CdsError
from cds_service.security.issuer import ALGORITHMS, Issuer, KeySource, PublicKey
from cds_service.strict_json import read_strictly

LEEWAY_S = 60
"""Allowed difference of clocks, in seconds."""
MAX_LIFETIME_S = 3600
MAX_TOKEN_BYTES = 8192
MAX_TIME = 2**53
"""Largest time claim in seconds, exact in every reader."""
_TOKEN = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_CRITICAL = frozenset({"crit", "b64"})
"""Header members that change the meaning of a token.

None is supported.
"""


class Refusal(StrEnum):
    """Reason of a refused call, for log and counter only."""

    NO_TOKEN = "no-token"  # noqa: S105 - a reason
    MALFORMED = "malformed"
    HEADER = "header"
    ISSUER = "issuer"
    KEY_SET = "key-set"
    KEY = "key"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    LIFETIME = "lifetime"
    SUBJECT = "subject"
    TENANT = "tenant"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class VerifiedClaims:
    """Claims of a verified token before the replay check.

    Made by Verifier only.
    """

    issuer: Issuer
    jti: str
    expires: float
    """When the token ends, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Token:
    """Unverified header and claims of a token."""

    text: bytes
    header: Mapping[str, object]
    claims: Mapping[str, object]


class Verifier:
    """Verifier with registered issuers and their keys."""

    def __init__(self, issuers: Iterable[tuple[Issuer, KeySource]]) -> None:
        self._issuers = {issuer.iss: (issuer, keys) for issuer, keys in issuers}

    async def verify(self, text: bytes, path: str, now: float) -> VerifiedClaims | Refusal:
        """Return the claims of a token for this path, or the refusal."""
        token = read_token(text)
        if token is None:
            return Refusal.MALFORMED
        iss = token.claims.get("iss")
        known = self._issuers.get(iss) if isinstance(iss, str) else None
        if known is None:
            return Refusal.ISSUER
        issuer, keys = known
        refusal = _of_header(token.header, issuer) or await _of_signature(token, keys)
        refusal = refusal or _of_claims(token.claims, issuer, path) or _of_times(token.claims, now)
        if refusal is not None:
            return refusal
        return VerifiedClaims(issuer, str(token.claims["jti"]), seconds_of(token.claims, "exp") or 0.0)

    async def close(self) -> None:
        """End running fetches of keys."""
        for _, keys in self._issuers.values():
            await keys.close()


def read_token(text: bytes) -> Token | None:
    """Return the two parts of a compact token, or None."""
    if len(text) > MAX_TOKEN_BYTES or not _TOKEN.fullmatch(text):
        return None
    try:
        header, claims = (read_strictly(urlsafe_b64decode(part)) for part in text.split(b".")[:2])
    except (CdsError, ValueError):
        return None
    return Token(text, header, claims) if isinstance(header, dict) and isinstance(claims, dict) else None


def _of_header(header: Mapping[str, object], issuer: Issuer) -> Refusal | None:
    """Return the refusal of a header, or None.

    Keys and certificates in it are ignored.
    """
    kind = header.get("typ")
    if _CRITICAL & header.keys() or not isinstance(kind, str) or kind.upper() != "JWT":
        return Refusal.HEADER
    if "jku" in header and header["jku"] != issuer.jku:
        return Refusal.KEY_SET
    return None


async def _of_signature(token: Token, keys: KeySource) -> Refusal | None:
    kid = token.header.get("kid")
    algorithm = token.header.get("alg")
    if not isinstance(kid, str) or algorithm not in ALGORITHMS:
        return Refusal.ALGORITHM if isinstance(kid, str) else Refusal.KEY
    key = await keys.find(kid)
    if key is None:
        return Refusal.KEY
    if algorithm != key.algorithm:
        return Refusal.ALGORITHM
    return None if is_signed(token.text, key) else Refusal.SIGNATURE


def is_signed(text: bytes, key: PublicKey) -> bool:
    """Return True for a signature by the key's one algorithm."""
    registry = _REGISTRIES[key.algorithm]
    if not isinstance(key.key, ECKey | RSAKey):
        return False
    try:
        return validate_compact(extract_compact(text, registry=registry), key.key, registry=registry)
    except (JoseError, ValueError):
        return False


def _of_claims(claims: Mapping[str, object], issuer: Issuer, path: str) -> Refusal | None:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    texts = [claims.get("jti"), *(_optional(claims, name) for name in ("sub", "tenant")), *named]
    if not all(isinstance(text, str) for text in texts) or not claims["jti"]:
        return Refusal.CLAIMS
    if not any(issuer.is_addressed(str(each), path) for each in named):
        return Refusal.AUDIENCE
    if issuer.sub is not None and claims.get("sub") != issuer.sub:
        return Refusal.SUBJECT
    if issuer.tenants and claims.get("tenant") not in issuer.tenants:
        return Refusal.TENANT
    return None


def _optional(claims: Mapping[str, object], name: str) -> object:
    """Return a claim, "" for an absent one or null."""
    found = claims.get(name)
    return "" if found is None else found


def _of_times(claims: Mapping[str, object], now: float) -> Refusal | None:
    expires, issued = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    begins = seconds_of(claims, "nbf") if "nbf" in claims else issued
    if expires is None or issued is None or begins is None:
        return Refusal.CLAIMS
    if not 0 < expires - issued <= MAX_LIFETIME_S:
        return Refusal.LIFETIME
    if expires + LEEWAY_S <= now:
        return Refusal.EXPIRED
    return Refusal.NOT_YET if max(issued, begins) - LEEWAY_S > now else None


def seconds_of(claims: Mapping[str, object], name: str) -> float | None:
    """Return a time claim, or None.

    NaN is refused.
    """
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= MAX_TIME else None


def _registry(algorithm: str) -> JWSRegistry:
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = MAX_TOKEN_BYTES
    registry.max_signature_length = MAX_TOKEN_BYTES
    return registry


_REGISTRIES = {algorithm: _registry(algorithm) for algorithm in ALGORITHMS}
"""Signature readers with one algorithm each.

A header cannot choose another. Unknown members are ignored, as the standard asks.
"""
