"""Tokens and keys of made-up clients, and a clock that tests move.

It must not check a token.
Its tests are those that import it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, KeyParameters, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
NOW = NOON.timestamp()
ISS = "https://ehr.example/fhir/r4"
AUDIENCE = "https://cds.example/base"
PATH = "/cds-services/small"
JKU = "https://ehr.example/jwks.json"
AnyKey = ECKey | RSAKey | OctKey


@dataclass(slots=True)
class HandClock:
    """A clock whose time is set by hand."""

    time: datetime = field(default=NOON)

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time

    def today(self) -> date:
        """Return its day in UTC."""
        return self.time.date()

    def move(self, seconds: float) -> None:
        """Go on, or back."""
        self.time += timedelta(seconds=seconds)


@dataclass(slots=True)
class HandTimer:
    """A monotonic time that is set by hand."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """Return it."""
        return self.seconds


def a_key(algorithm: str = "ES384", name: str = "first") -> AnyKey:
    """The key of this name, made once; its id is its name."""
    return _made(algorithm, name)


@cache
def _made(algorithm: str, name: str) -> AnyKey:
    parameters: KeyParameters = {"kid": name}
    if algorithm.startswith("ES"):
        return ECKey.generate_key(f"P-{algorithm[2:]}", parameters)
    return RSAKey.generate_key(2048, parameters)


def public(algorithm: str = "ES384", name: str = "first", **more: object) -> dict[str, Any]:
    """The public JWK of a key."""
    return {"alg": algorithm, "use": "sig", **a_key(algorithm, name).as_dict(private=False), **more}


def claims_of(**more: object) -> dict[str, Any]:
    """The claims of a good token; LEFT_OUT takes one away."""
    times = {"iat": int(NOW), "exp": int(NOW) + 300}
    claims = {"iss": ISS, "aud": f"{AUDIENCE}{PATH}", **times, "jti": "token-1", **more}
    return {name: value for name, value in claims.items() if value is not LEFT_OUT}


LEFT_OUT = object()


def a_token(
    claims: object = None,
    header: Mapping[str, object] | None = None,
    key: AnyKey | None = None,
    algorithm: str | None = None,
) -> str:
    """A token, signed with ES384 by the first key if nothing else is said; `algorithm` is what signs it in truth."""
    said = {"alg": "ES384", "kid": "first", "typ": "JWT", **(header or {})}
    said = {name: value for name, value in said.items() if value is not LEFT_OUT}
    signed_with = algorithm or str(said["alg"])
    signing_input = f"{segment(said)}.{segment(claims_of() if claims is None else claims)}".encode()
    signature = JWSRegistry.algorithms[signed_with].sign(signing_input, key or a_key(signed_with))
    return f"{signing_input.decode()}.{urlsafe_b64encode(signature).decode()}"


def segment(value: object) -> str:
    """A part of a token: bytes as they are, all else as JSON."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(content).decode()


def with_signature(token: str, signature: bytes) -> str:
    """The token with another signature."""
    return f"{token.rpartition('.')[0]}.{urlsafe_b64encode(signature).decode()}"


def toml_of(entries: Mapping[str, object]) -> str:
    """Lines of TOML; strings, lists and booleans are written alike in JSON."""
    return "".join(f"{name} = {_toml(value)}\n" for name, value in entries.items())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_toml(each)}' for name, each in value.items())} }}"
    return json.dumps(value)


def entry_of(client: str = "north", keys: tuple[dict[str, Any], ...] = (), **more: object) -> str:
    """One table of a registry, with the first key if nothing else is said."""
    entries = {"id": client, "iss": ISS, "audience": AUDIENCE, **more}
    own = () if "jku" in more else keys or (public(),)
    return "[[clients]]\n" + toml_of(entries) + "".join(f"[[clients.keys]]\n{toml_of(key)}" for key in own)


def a_registry(folder: Path, *entries: str) -> Path:
    """A registry file with these tables, or with one."""
    path = folder / "clients.toml"
    path.write_text("\n".join(entries or (entry_of(),)), encoding="utf-8")
    return path
