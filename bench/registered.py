"""The service as production runs it: registered clients with signed tokens, each used once, and a row for each call.

It signs with keys of its own, made for the run, and leaves no file behind.
Tests: every run of `make bench` calls it.
"""

import itertools
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from bench import servers
from bench.servers import Server

ISSUER: Final = "https://ehr.example.org/fhir"
AUDIENCE: Final = "https://cds.example.org"
LIFETIME_S: Final = 300
RSA_BITS: Final = 2048

Key = ECKey | RSAKey


@dataclass(frozen=True, slots=True)
class Registered:
    """A running service, and the headers of the next call to one of its paths."""

    server: Server
    algorithm: str
    key: Key
    _numbers: Iterator[int]

    def headers(self, path: str) -> Mapping[str, str]:
        """A token that was not used yet."""
        now = int(time.time())  # noqa: TID251 - tokens end by the server's real time
        claims = {"iss": ISSUER, "aud": f"{AUDIENCE}{path}", "iat": now, "exp": now + LIFETIME_S}
        header = {"alg": self.algorithm, "kid": "bench", "typ": "JWT"}
        token = jwt.encode(header, claims | {"jti": f"bench-{next(self._numbers)}"}, self.key, [self.algorithm])
        return {"Authorization": f"Bearer {token}"}


@contextmanager
def registered(algorithm: str) -> Iterator[Registered]:
    """The service with one client and a SQLite file, ready for calls that are signed so."""
    key = _key(algorithm)
    with tempfile.TemporaryDirectory(prefix="recurrence-cds-bench-") as name:
        folder = Path(name)
        (folder / "clients.toml").write_text(_registry(algorithm, key), encoding="utf-8")
        database = f"sqlite:///{folder}/store.sqlite3"
        with servers.service(CLIENTS=f"{folder}/clients.toml", DATABASE=database) as server:
            yield Registered(server, algorithm, key, itertools.count())


def _key(algorithm: str) -> Key:
    if algorithm.startswith("ES"):
        return ECKey.generate_key(f"P-{algorithm[2:]}", {"kid": "bench"})
    return RSAKey.generate_key(RSA_BITS, {"kid": "bench"})


def _registry(algorithm: str, key: Key) -> str:
    public: dict[str, Any] = {"alg": algorithm, "use": "sig", **key.as_dict(private=False)}
    entry = {"id": "bench", "iss": ISSUER, "audience": AUDIENCE}
    return f"[[clients]]\n{_toml(entry)}[[clients.keys]]\n{_toml(public)}"


def _toml(table: Mapping[str, object]) -> str:
    """Strings and lists are written alike in JSON."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())
