"""Each token once: one after the other, at the same time, from two processes, after a restart, and with a broken store.

It must not test how a token is verified.
It tests cds_service/security/token_replay.py and cds_service/store.
"""

import asyncio
import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cds_service.errors import StoreUnavailable
from cds_service.security.issuer import Issuer
from cds_service.security.jwt import LEEWAY_S, VerifiedClaims
from cds_service.security.token_replay import KEPT_S, MARGIN_S, PROBE_S, PURGE_S, UsedTokens
from cds_service.store.database import Database
from cds_service.store.token_store import TokenStore
from tests.tokens import AUDIENCE, ISS, NOW, HandTimer

pytestmark = pytest.mark.anyio

NORTH, SOUTH = Issuer("north", ISS, AUDIENCE), Issuer("south", "https://south.example", AUDIENCE)
IMPATIENT_S = 0.05


def _claims(jti: str = "token-1", issuer: Issuer = NORTH, expires: float = NOW + 300) -> VerifiedClaims:
    return VerifiedClaims(issuer, jti, expires)


@asynccontextmanager
async def _replay(folder: Path, timer: HandTimer | None = None) -> AsyncIterator[UsedTokens]:
    database = Database(f"sqlite:///{folder}/store.sqlite3", IMPATIENT_S)
    yield UsedTokens(TokenStore(database), timer or HandTimer())
    await database.close()


def _rows(folder: Path) -> list[tuple[str, str, int]]:
    with sqlite3.connect(f"{folder}/store.sqlite3") as connection:
        rows = connection.execute("SELECT issuer, jti, expires FROM used_tokens ORDER BY jti").fetchall()
    connection.close()
    return rows


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    connection = sqlite3.connect(f"{folder}/store.sqlite3", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def _full_disk() -> Iterator[None]:
    """No file may grow: what a write then gets is what it gets from a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_token_is_used_once(tmp_path: Path) -> None:
    """The same id of another issuer is another token."""
    async with _replay(tmp_path) as replay:
        uses = [await replay.first_use(_claims(issuer=issuer), NOW) for issuer in (NORTH, NORTH, SOUTH, NORTH, SOUTH)]

    assert uses == [True, False, True, False, False]


async def test_of_twenty_uses_at_the_same_time_one_is_the_first(tmp_path: Path) -> None:
    """Also over two connections to the same file, as two workers have them."""
    async with _replay(tmp_path) as one, _replay(tmp_path) as two:
        await one.start()
        uses = await asyncio.gather(*(replay.first_use(_claims(), NOW) for _ in range(10) for replay in (one, two)))

    assert sorted(uses) == [False] * 19 + [True]


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    """The rows outlive the process."""
    async with _replay(tmp_path) as before:
        await before.first_use(_claims(), NOW)

    async with _replay(tmp_path) as after:
        assert not await after.first_use(_claims(), NOW)
        assert await after.first_use(_claims("token-2"), NOW)


async def test_processes_that_start_at_once_make_the_tables_once_and_share_them(tmp_path: Path) -> None:
    """Four workers, one file that is not there yet, fifty tokens that each of them tries, with patience."""
    code = (
        "import asyncio, sys\n"
        "from cds_service.store.database import Database\n"
        "from cds_service.store.token_store import TokenStore\n"
        "async def main():\n"
        "    database = Database(sys.argv[1], 9)\n"
        "    store = TokenStore(database)\n"
        "    await store.prepare()\n"
        "    print(sum([await store.add('issuer', f'token-{number}', 1) for number in range(50)]))\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code, f"sqlite:///{tmp_path}/store.sqlite3"]
    workers = [await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE) for _ in range(4)]
    answers = [(await worker.communicate())[0] for worker in workers]

    assert [worker.returncode for worker in workers] == [0] * 4
    assert sum(int(answer) for answer in answers) == 50


@pytest.mark.parametrize("jti", ["x" * 8000, "with space", "\u00e9", "\u0000", "a'b", "x" * 65, "\U0001f600"])
async def test_an_unwieldy_id_is_kept_in_a_bounded_form(jti: str, tmp_path: Path) -> None:
    """It is told from every other all the same."""
    async with _replay(tmp_path) as replay:
        uses = [await replay.first_use(_claims(each), NOW) for each in (jti, f"{jti}2", jti)]

    assert uses == [True, True, False]
    assert all(len(stored) <= 80 and stored.startswith("sha256:") for _, stored, _ in _rows(tmp_path))


async def test_a_digest_is_no_id_that_a_token_can_have(tmp_path: Path) -> None:
    """Else one token could use up another."""
    async with _replay(tmp_path) as replay:
        await replay.first_use(_claims("x" * 100), NOW)
        (digest,) = (stored for _, stored, _ in _rows(tmp_path))
        assert await replay.first_use(_claims(digest), NOW)


async def test_a_row_is_kept_longer_than_its_token_is_taken(tmp_path: Path) -> None:
    """Until the end plus the verifier's leeway, and a margin for a clock that was put right."""
    async with _replay(tmp_path) as replay:
        await replay.first_use(_claims(expires=NOW + 0.5), NOW)

    assert KEPT_S == LEEWAY_S + MARGIN_S
    assert _rows(tmp_path) == [(ISS, "token-1", int(NOW) + 1 + KEPT_S)]


async def test_rows_are_dropped_now_and_then_when_no_token_can_match_them(tmp_path: Path) -> None:
    """Not at every call, and not a second too early."""
    timer = HandTimer()
    async with _replay(tmp_path, timer) as replay:
        await replay.first_use(_claims("old", expires=NOW), NOW)
        await replay.first_use(_claims("new", expires=NOW + 1), NOW)
        later = NOW + KEPT_S + 1
        await replay.first_use(_claims("same-time", expires=later), later)
        before = {jti for _, jti, _ in _rows(tmp_path)}
        timer.seconds += PURGE_S
        await replay.first_use(_claims("later", expires=later), later)

    assert before == {"old", "new", "same-time"}
    assert {jti for _, jti, _ in _rows(tmp_path)} == {"new", "same-time", "later"}


async def test_a_clock_that_was_an_hour_ahead_lets_no_token_be_used_again(tmp_path: Path) -> None:
    """Rows that were dropped by the wrong time are of tokens that had ended by the right one."""
    timer = HandTimer()
    async with _replay(tmp_path, timer) as replay:
        await replay.first_use(_claims(), NOW)
        timer.seconds += PURGE_S
        await replay.first_use(_claims("ahead", expires=NOW + 3900), NOW + 3600)

        assert not await replay.first_use(_claims(), NOW)


async def test_a_purge_that_fails_fails_no_call(tmp_path: Path) -> None:
    """The call's own row is written by then; the next purge comes."""
    timer = HandTimer()

    class Unpurgeable(TokenStore):
        async def remove_expired(self, before: int) -> None:  # noqa: ARG002 - it fails
            raise StoreUnavailable

    database = Database(f"sqlite:///{tmp_path}/store.sqlite3")
    replay = UsedTokens(Unpurgeable(database), timer)
    timer.seconds += PURGE_S
    with capture_logs() as lines:
        assert await replay.first_use(_claims(), NOW)
    await database.close()

    assert [(line["event"], line["reason"]) for line in lines] == [("store", "not-purged")]


async def test_a_locked_store_takes_nothing_and_recovers(tmp_path: Path) -> None:
    """Fail closed: a token that can't be remembered is not accepted."""
    async with _replay(tmp_path) as replay:
        await replay.start()
        with _locked(tmp_path), pytest.raises(StoreUnavailable):
            await replay.first_use(_claims(), NOW)
        assert await replay.first_use(_claims(), NOW)
        assert not await replay.first_use(_claims(), NOW)


async def test_a_full_disk_takes_nothing_and_recovers(tmp_path: Path) -> None:
    """Without a restart."""
    async with _replay(tmp_path) as replay:
        await replay.start()
        with _full_disk(), pytest.raises(StoreUnavailable):
            await replay.first_use(_claims(), NOW)
        assert await replay.first_use(_claims(), NOW)


async def test_a_store_that_is_no_store_takes_nothing_and_recovers(tmp_path: Path) -> None:
    """Another file in its place, a folder that is gone; the tables are made anew when there is room for them."""
    file = tmp_path / "store.sqlite3"
    file.write_bytes(b"not a database, but long enough to look like a file of one" * 20)
    async with _replay(tmp_path) as replay:
        with pytest.raises(StoreUnavailable):
            await replay.start()
        file.unlink()
        assert await replay.first_use(_claims(), NOW)

    async with _replay(tmp_path / "nowhere") as replay:
        with pytest.raises(StoreUnavailable):
            await replay.first_use(_claims(), NOW)
        (tmp_path / "nowhere").mkdir()
        assert await replay.first_use(_claims(), NOW)


async def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    """An old worker beside new ones must not guess."""
    async with _replay(tmp_path) as replay:
        await replay.start()
    with sqlite3.connect(f"{tmp_path}/store.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    async with _replay(tmp_path) as replay:
        with pytest.raises(StoreUnavailable):
            await replay.first_use(_claims(), NOW)

    assert _rows(tmp_path) == []


async def test_whoever_asks_is_told_whether_the_store_takes_rows(tmp_path: Path) -> None:
    """By writing one, so that a full disk is noticed; once a second at most, however many ask."""
    timer = HandTimer()
    async with _replay(tmp_path, timer) as replay:
        assert all(await asyncio.gather(*(replay.is_up(NOW) for _ in range(20))))
        assert [jti for _, jti, _ in _rows(tmp_path)] == [f"probe:{int(NOW)}"]
        with _locked(tmp_path):
            assert await replay.is_up(NOW)
            timer.seconds += PROBE_S
            assert not await replay.is_up(NOW + 1)
        assert not await replay.is_up(NOW + 1)
        timer.seconds += PROBE_S
        assert await replay.is_up(NOW + 2)


async def test_a_store_that_fails_is_logged_once(tmp_path: Path) -> None:
    """Until it works again; each call has its own line beside that."""
    async with _replay(tmp_path) as replay:
        await replay.start()
        with capture_logs() as lines, _locked(tmp_path):
            for _ in range(3):
                with pytest.raises(StoreUnavailable):
                    await replay.first_use(_claims(), NOW)

    assert [(line["event"], line["reason"]) for line in lines] == [("store", "unavailable")]
