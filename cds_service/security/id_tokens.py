"""Validation of a launch's id token.

Key and algorithm must not come from the token.
Tests: tests/security/test_id_tokens.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cds_service.security.issuer import ALGORITHMS, Algorithm
from cds_service.security.jwt import LEEWAY_S, Refusal, is_signed, read_token, seconds_of
from cds_service.security.key_sets import usable_keys
from cds_service.strict_json import Body


@dataclass(frozen=True, slots=True)
class Expected:
    """Required claims of a launch's id token."""

    issuer: str
    audience: str
    nonce: str
    algorithms: tuple[Algorithm, ...] = ALGORITHMS


def refusal_of(text: str, keys: Body, expected: Expected, now: float) -> Refusal | None:
    """Return the reason to refuse an id token, or None.

    `keys` is the EHR's key set as fetched.
    """
    token = read_token(text.encode("ascii", "replace"))
    if token is None:
        return Refusal.MALFORMED
    if {"crit", "b64"} & token.header.keys():
        return Refusal.HEADER
    algorithm = next((name for name in expected.algorithms if name == token.header.get("alg")), None)
    if algorithm is None:
        return Refusal.ALGORITHM
    usable = usable_keys(keys, (algorithm,))
    kid = token.header.get("kid", next(iter(usable), None) if len(usable) == 1 else None)
    if not isinstance(kid, str) or kid not in usable:
        return Refusal.KEY
    if not is_signed(token.text, usable[kid]):
        return Refusal.SIGNATURE
    return _of_claims(token.claims, expected, now)


def _of_claims(claims: Mapping[str, object], expected: Expected, now: float) -> Refusal | None:
    named = claims.get("aud")
    audiences = named if isinstance(named, list) else [named]
    if claims.get("iss") != expected.issuer:
        return Refusal.ISSUER
    if expected.audience not in audiences or claims.get("azp", expected.audience) != expected.audience:
        return Refusal.AUDIENCE
    if claims.get("nonce") != expected.nonce:
        return Refusal.REPLAYED
    expires, issued = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    if expires is None or issued is None:
        return Refusal.CLAIMS
    if expires + LEEWAY_S <= now:
        return Refusal.EXPIRED
    return Refusal.NOT_YET if issued - LEEWAY_S > now else None
