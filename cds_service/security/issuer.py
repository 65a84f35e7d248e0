"""What the tokens of one registered client are checked against, and the keys that sign them.

It must not read a token, and must not import what reads one: every start of the service imports this.
Tests: tests/security/test_jwt.py, tests/security/test_key_sets.py.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

Algorithm = Literal["ES384", "RS384", "ES256", "RS256"]
"""All that a client may be registered for. No symmetric one, and not `none`."""
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
    """The base URL under which it reaches us, without a slash at the end."""
    jku: str | None = None
    sub: str | None = None
    tenants: tuple[str, ...] = ()
    algorithms: tuple[Algorithm, ...] = DEFAULT_ALGORITHMS

    def is_addressed(self, audience: str, path: str) -> bool:
        """Return whether this is the URL of the endpoint that was called; slashes too many are a client's slip."""
        base, rest = audience[: len(self.audience)], audience[len(self.audience) :]
        return base == self.audience and rest.startswith("/") and canonical(rest) == path


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of a client, with the one algorithm that it is used with: ours to say, never the token's."""

    kid: str
    algorithm: Algorithm
    key: object = field(repr=False)


class KeySource(Protocol):
    """Where the keys of one client come from."""

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key of this id."""
        ...

    async def close(self) -> None:
        """End what is still under way."""
        ...


def canonical(path: str) -> str:
    """Return a path without doubled slashes and without one at its end."""
    return _SLASHES.sub("/", path).removesuffix("/")
