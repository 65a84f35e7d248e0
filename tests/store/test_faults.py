"""A database that is locked, full, read-only, slow or gone: calls are answered, nothing is lost, and it comes back.

It must not test tokens: tests/security/test_token_replay.py does.
It tests cds_service/store and cds_service/audit through the service.
"""

import os
import resource
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from cds_service.audit import batch_writer
from cds_service.store.tables import feedback, gaps
from tests.builders import a_patient, call_of
from tests.service.remembering import Remembering, a_reply_to, decisions_in, remembering, rows_in
from tests.store.postgres import NOBODY, Postgres
from tests.until import until

pytestmark = pytest.mark.anyio

LUMP = call_of(a_patient().with_history().with_lump().prefetch())
KEY = "ab" * 32


@contextmanager
def _locked(service: Remembering, _server: Postgres | None) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    connection = sqlite3.connect(service.settings.database_url().partition(":///")[2], isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def _full(_service: Remembering, _server: Postgres | None) -> Iterator[None]:
    """No file may grow: what a write then gets is what it gets from a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _stopped(_service: Remembering, server: Postgres | None) -> Iterator[None]:
    """The server is gone, without a good-bye."""
    assert server is not None
    server.stop(signal.SIGQUIT)
    yield
    server.start()


@contextmanager
def _read_only(service: Remembering, server: Postgres | None) -> Iterator[None]:
    """As after a switch to a standby: every connection may read only."""
    assert server is not None
    name = make_url(service.settings.database_url()).database
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recurrence-cds'"
    server.sql("postgres", f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    server.sql("postgres", others)
    yield
    server.sql("postgres", f"ALTER DATABASE {name} RESET default_transaction_read_only")
    server.sql("postgres", others)


@contextmanager
def _slow(service: Remembering, server: Postgres | None) -> Iterator[None]:
    """Somebody holds the tables: every statement waits for longer than anybody has."""
    assert server is not None
    name = make_url(service.settings.database_url()).database
    assert name is not None
    statement = "LOCK TABLE decisions, shown_cards, feedback, stray_feedback, used_tokens; SELECT pg_sleep(60)"
    holder = server.holding(name, f"BEGIN; {statement}")
    yield
    holder.terminate()
    holder.communicate()


FAULTS = {"locked": _locked, "full": _full, "stopped": _stopped, "read-only": _read_only, "slow": _slow}
SQLITE = (pytest.param("sqlite-locked", marks=pytest.mark.slow), "sqlite-full")
POSTGRES = tuple(
    pytest.param(f"{server}-{fault}", marks=pytest.mark.slow)
    for server in ("wheel", "debian")
    for fault in ("stopped", "read-only", "slow")
)


@pytest.fixture(params=(*SQLITE, *POSTGRES))
async def failing(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Remembering, Callable[[], AbstractContextManager[None]]]]:
    """A service with a store, and the fault that can be made."""
    kind, _, fault = request.param.partition("-")
    server: Postgres | None = None if kind == "sqlite" else request.getfixturevalue(kind)
    settings: dict[str, Any] = {}
    if server is not None:
        key = tmp_path / "keys"
        key.write_text(KEY, encoding="ascii")
        settings = {"database": server.new_database(), "patient_key_file": key}
    async with remembering(tmp_path, **settings) as service:
        yield service, lambda: FAULTS[fault](service, server)


async def test_calls_are_answered_while_the_store_fails_and_their_rows_follow(
    failing: tuple[Remembering, Callable[[], AbstractContextManager[None]]],
) -> None:
    """The same bytes as before; it says that it is not whole, takes no feedback meanwhile, and recovers by itself."""
    service, fault = failing
    before = await service.call(LUMP)
    (card,) = before.json()["cards"]
    accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}]}
    assert (await service.reply(a_reply_to(card, **accepted))).status_code == 200

    with fault():
        during = [await service.call(LUMP) for _ in range(5)]
        await until(lambda: _says(service, "unavailable"))
        refused = await service.reply(a_reply_to(card, outcomeTimestamp="2026-06-15T11:00:00Z"))
        live = await service.http.get("/health/live")
        ready = await service.ready()
    await until(lambda: _says(service, "up"))
    taken = await service.reply(a_reply_to(card, outcomeTimestamp="2026-06-15T11:00:00Z"))

    assert {answer.content for answer in during} == {before.content}
    assert (refused.status_code, live.status_code, ready.status_code, taken.status_code) == (503, 200, 200, 200)
    assert ready.json()["decisionsWaiting"] == 5
    assert len(await decisions_in(service.settings)) == 6
    assert len(await rows_in(service.settings, feedback)) == 2
    assert (await service.ready()).json()["decisionsLost"] == 0


async def test_what_finds_no_room_while_the_store_fails_is_counted_and_reported(
    failing: tuple[Remembering, Callable[[], AbstractContextManager[None]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In readiness, and as a row that says from when to when, once rows are taken again."""
    monkeypatch.setattr(batch_writer, "MOST_WAITING", 3)
    service, fault = failing
    with fault():
        for _ in range(8):
            assert (await service.call(LUMP)).status_code == 200
        assert (await service.ready()).json()["decisionsLost"] == 5
    await until(lambda: _says(service, "up"))

    async def is_written() -> bool:
        return bool(await rows_in(service.settings, gaps))

    await until(is_written)
    (gap,) = await rows_in(service.settings, gaps)
    assert gap["decisions"] == 5
    assert gap["began"] <= gap["ended"]
    assert len(await decisions_in(service.settings)) == 3


async def test_a_file_that_may_only_be_read_is_waited_for(tmp_path: Path) -> None:
    """From the start on, by a service that has no right to write to it; it recovers when it has."""
    folder, key = tmp_path / "store", tmp_path / "keys"
    key.write_text(KEY, encoding="ascii")
    key.chmod(0o644)
    folder.mkdir()
    async with remembering(folder, patient_key_file=key) as service:
        before = await service.call(LUMP)
    for path in reversed(folder.parents):
        _reachable(path)
    with _as_nobody():
        _allow(folder, file=0o444, folder=0o555)
        async with remembering(folder, patient_key_file=key) as service:
            during = await service.call(LUMP)
            await until(lambda: _says(service, "unavailable"))
            _allow(folder, file=0o666, folder=0o777)
            await until(lambda: _says(service, "up"))

    assert (before.status_code, during.content) == (200, before.content)
    assert len(await decisions_in(service.settings)) == 2


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Nobody is bound by what a file allows, where root would not be."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    yield
    if is_root:
        os.seteuid(0)


def _allow(place: Path, *, file: int, folder: int) -> None:
    """Change what a folder and its files allow, as their owner."""
    me = os.geteuid()
    os.seteuid(os.getuid())
    for path in (place, *place.iterdir()):
        path.chmod(folder if path.is_dir() else file)
    os.seteuid(me)


def _reachable(path: Path) -> None:
    """Let others pass through a folder of the test's own."""
    if "pytest" in str(path):
        path.chmod(path.stat().st_mode | 0o055)


async def _says(service: Remembering, word: str) -> bool:
    return bool((await service.ready()).json().get("store") == word)
