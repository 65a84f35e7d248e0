"""What a call adds and asks in one go: whole or not at all, whoever waits for it.

It tests cds_service/store/database.py, sqlite_thread.py and statement.py on both kinds of database.
"""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, bindparam, event, func, insert, select, text

from cds_service.audit.storage import RowRejected
from cds_service.store.database import PATIENCE_S, Database
from cds_service.store.sqlite_engine import SqliteEngine
from cds_service.store.statement import Statement
from cds_service.store.tables import used_tokens

pytestmark = pytest.mark.anyio

ROW = {"issuer": "https://ehr.example", "jti": "one", "expires": 1}
OTHER = {**ROW, "jti": "two", "expires": 2}
HELD_S = 0.2
ADD = Statement(insert(used_tokens))
COUNT = Statement(select(func.count()).select_from(used_tokens))
FOUND = Statement(
    select(used_tokens.c.jti, used_tokens.c.expires)
    .where(used_tokens.c.expires > bindparam("after"), used_tokens.c.issuer == ROW["issuer"])
    .order_by(used_tokens.c.jti)
)


async def rows(database: Database) -> object:
    """How many rows there are."""
    ((found,),) = await database.ask(COUNT, {})
    return found


async def test_what_was_added_is_found(database: Database) -> None:
    """By what the call asks for, and by what the statement itself asks for."""
    await database.add((ADD, [ROW, OTHER, {**OTHER, "issuer": "another"}]))

    assert await database.ask(FOUND, {"after": 0}) == [("one", 1), ("two", 2)]
    assert await database.ask(FOUND, {"after": 1}) == [("two", 2)]
    assert await database.ask(FOUND, {"after": 2}) == []


async def test_what_fails_leaves_nothing_behind(database: Database) -> None:
    """And the next one finds the tables as they were."""
    with pytest.raises(RowRejected):
        await database.add((ADD, [ROW]), (ADD, [OTHER, ROW]))

    assert await rows(database) == 0
    await database.add((ADD, [ROW]), (ADD, [OTHER]))
    assert await rows(database) == 2


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_what_was_begun_on_a_file_is_done_whole_though_nobody_waits(database: Database) -> None:
    """A call that is given up must not leave its token unused."""
    assert await rows(database) == 0
    held = sqlite3.connect(str(database.file), isolation_level=None)
    held.execute("BEGIN IMMEDIATE")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(database.add((ADD, [ROW])), HELD_S / 4)

    held.execute("COMMIT")
    held.close()
    await asyncio.sleep(2 * HELD_S)
    assert await rows(database) == 1


async def test_a_value_that_is_missing_is_a_mistake_of_ours(database: Database) -> None:
    """It is not written as null."""
    with pytest.raises((KeyError, RowRejected)):
        await database.add((ADD, [{"issuer": "i", "jti": "j"}]))

    assert await rows(database) == 0


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_cancelled_statement_is_in_nobody_elses_transaction(database: Database) -> None:
    """Its connection goes back to the pool only after it."""
    assert await rows(database) == 0
    began, go = threading.Event(), threading.Event()

    @event.listens_for(Engine, "before_cursor_execute")
    def _hold(*given: object) -> None:
        if "'late'" in str(given[2]):
            began.set()
            go.wait(PATIENCE_S)

    try:
        late = asyncio.create_task(_insert(database, "late"))
        await asyncio.to_thread(began.wait, PATIENCE_S)
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        await asyncio.sleep(HELD_S)
        go.set()
        await asyncio.sleep(HELD_S)
        for name in ("one", "two", "three"):
            await _insert(database, name)
    finally:
        event.remove(Engine, "before_cursor_execute", _hold)

    assert [row[0] for row in await database.ask(FOUND, {"after": 0})] == ["one", "three", "two"]


async def _insert(database: Database, name: str) -> None:
    async with database.writing() as connection:
        values = f"('{ROW['issuer']}', '{name}', 1)"
        await connection.execute(text(f"INSERT INTO used_tokens (issuer, jti, expires) VALUES {values}"))  # noqa: S608


async def test_a_connection_whose_task_was_cancelled_is_closed(tmp_path: Path) -> None:
    """Else the pool would run out of connections."""
    began, go = threading.Event(), threading.Event()

    def prepare(_connection: sqlite3.Connection) -> None:
        began.set()
        go.wait(PATIENCE_S)

    engine = SqliteEngine(f"sqlite:///{tmp_path}/one", connections=1, busy_s=1, prepare=prepare)

    async def use() -> object:
        async with engine.connect() as connection:
            return await connection.scalar(select(1))

    given_up = asyncio.create_task(use())
    await asyncio.to_thread(began.wait, PATIENCE_S)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    go.set()

    assert await asyncio.wait_for(use(), PATIENCE_S) == 1
    await engine.dispose()
