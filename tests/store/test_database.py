"""Work on a connection that is done in one go: whole or not at all, whoever waits for it.

It tests cds_service/store/database.py and beside.py on both kinds of database.
"""

import asyncio
import time

import pytest
from sqlalchemy import Connection, func, insert, select

from cds_service.store.database import Database
from cds_service.store.tables import used_tokens

pytestmark = pytest.mark.anyio

ROW = {"issuer": "https://ehr.example", "jti": "one", "expires": 1}
HELD_S = 0.2


def _add(connection: Connection) -> None:
    connection.execute(insert(used_tokens), ROW)


async def _rows(database: Database) -> int:
    found = await database.read(lambda connection: connection.scalar(select(func.count()).select_from(used_tokens)))
    return int(found or 0)


async def test_work_that_fails_leaves_nothing_behind(database: Database) -> None:
    """And the next one finds the tables as they were."""

    def breaks_off(connection: Connection) -> None:
        _add(connection)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(breaks_off)

    assert await _rows(database) == 0
    await database.write(_add)
    assert await _rows(database) == 1


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_what_was_begun_on_a_file_is_done_whole_though_nobody_waits(database: Database) -> None:
    """A call that is given up must not leave its token unused."""

    def slowly(connection: Connection) -> None:
        time.sleep(HELD_S)
        _add(connection)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(database.write(slowly), HELD_S / 4)

    await asyncio.sleep(2 * HELD_S)
    assert await _rows(database) == 1
