"""The service as production runs it: registered clients with signed tokens, each used once, and a row for each call.

It leaves no file behind.
Tests: every run of `make bench` calls it.
"""

import itertools
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import servers
from bench.servers import Server
from tests.tokens import AUDIENCE, ISS, a_registry, a_token, claims_of, entry_of, public, toml_of

LIFETIME_S: Final = 300
KEY_BYTES: Final = 33


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
def registered(algorithm: str, *, with_pages: bool = False) -> Iterator[Registered]:
    """The service with one client and a SQLite file, ready for calls that are signed so.

    With pages it also has the evidence view as a SMART app and the operators' page of figures.
    """
    with tempfile.TemporaryDirectory(prefix="recurrence-cds-bench-") as name:
        folder = Path(name)
        entry = entry_of("bench", (public(algorithm),), fhir_servers=[ISS])
        given = {"DATABASE": f"sqlite:///{name}/store.sqlite3"}
        if with_pages:
            entry += f"[clients.smart]\n{toml_of({'client_id': 'bench'})}"
            (folder / "insights.key").write_text(secrets.token_urlsafe(KEY_BYTES), encoding="utf-8")
            given |= {"INSIGHTS_KEY_FILE": str(folder / "insights.key"), "PUBLIC_URL": AUDIENCE}
        with servers.service(1, CLIENTS=str(a_registry(folder, entry)), **given) as server:
            yield Registered(server, algorithm, itertools.count())
