"""The service as production runs it: registered clients with signed tokens, each used once, and a row for each call.

It leaves no file behind.
Tests: every run of `make bench` calls it.
"""

import itertools
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import servers
from bench.servers import Server
from tests.tokens import AUDIENCE, a_registry, a_token, claims_of, entry_of, public

LIFETIME_S: Final = 300


@dataclass(frozen=True, slots=True)
class Registered:
    """A running service, and the headers of the next call to one of its paths."""

    server: Server
    algorithm: str
    _numbers: Iterator[int]

    def headers(self, path: str) -> Mapping[str, str]:
        """A token that was not used yet."""
        now = int(time.time())  # noqa: TID251 - tokens end by the server's real time
        own = {"aud": f"{AUDIENCE}{path}", "iat": now, "exp": now + LIFETIME_S, "jti": f"bench-{next(self._numbers)}"}
        return {"Authorization": f"Bearer {a_token(claims_of(**own), {'alg': self.algorithm})}"}


@contextmanager
def registered(algorithm: str) -> Iterator[Registered]:
    """The service with one client and a SQLite file, ready for calls that are signed so."""
    with tempfile.TemporaryDirectory(prefix="recurrence-cds-bench-") as name:
        clients = a_registry(Path(name), entry_of("bench", (public(algorithm),)))
        with servers.service(CLIENTS=str(clients), DATABASE=f"sqlite:///{name}/store.sqlite3") as server:
            yield Registered(server, algorithm, itertools.count())
