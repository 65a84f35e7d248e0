"""Registered issuer of a client's tokens with its keys.

JWT code must not be imported here, because every start imports this.
Tests: tests/security/test_jwt.py, tests/security/test_key_sets.py.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

Algorithm = Literal["ES384", "RS384", "ES256", "RS256"]
"""Algorithms for clients, without symmetric ones and `none`."""
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
DEFAULT_ALGORITHMS: tuple[Algorithm, ...] = ("ES384", "RS384")
_SLASHES = re.compile(r"/{2,}")


@dataclass(frozen=True, slots=True)
class Issuer:
    """A client as its tokens name it."""

    client: str
    """Our own id of it."""
    iss: str
    audience: str
    """Base URL of this service for the client, without a final slash."""
    jku: str | None = None
    sub: str | None = None
    tenants: tuple[str, ...] = ()
    algorithms: tuple[Algorithm, ...] = DEFAULT_ALGORITHMS

    def is_addressed(self, audience: str, path: str) -> bool:
        """Return True for the URL of the called endpoint.

        Doubled slashes are tolerated.
        """
        base, rest = audience[: len(self.audience)], audience[len(self.audience) :]
        return base == self.audience and rest.startswith("/") and canonical(rest) == path


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A client's key with its one algorithm.

    We choose it, never the token.
    """

    kid: str
    algorithm: Algorithm
    key: object = field(repr=False)


class KeySource(Protocol):
    """Source of one client's keys."""

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key of this id."""
        ...

    async def close(self) -> None:
        """End running requests."""
        ...


def canonical(path: str) -> str:
    """Return a path without doubled or final slashes."""
    return _SLASHES.sub("/", path).removesuffix("/")
