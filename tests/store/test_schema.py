"""The steps by which the tables came to be, on both databases.

It must not test what is in the tables.
It tests cds_service/store/schema.py and cds_service/store/migrations.
"""

import asyncio

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from cds_service.audit.storage import RowRejected
from cds_service.config.settings import Settings
from cds_service.errors import StoreUnavailable
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from cds_service.store.schema import HEAD
from cds_service.store.tables import decisions, metadata, used_tokens
from tests.store.rows import a_decision

pytestmark = pytest.mark.anyio


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "cds_service.store:migrations")
    return config


async def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    """Columns, types, keys and indices; and the code knows which step is the newest."""

    def difference(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    async with database.reading() as connection:
        assert await connection.run_sync(difference) == []
    assert ScriptDirectory.from_config(_config()).get_heads() == [HEAD]


async def test_tables_of_the_version_before_are_brought_up_to_date(store_url: str) -> None:
    """With the rows that are in them."""
    url = Settings(database=store_url).database_url()

    def first_step(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(used_tokens.insert().values(issuer="a", jti="b", expires=1))

    if url.startswith("sqlite:"):
        sync_engine = create_engine(url)
        with sync_engine.begin() as file:
            first_step(file)
        sync_engine.dispose()
    else:
        engine = create_async_engine(url)
        async with engine.begin() as server:
            await server.run_sync(first_step)
        await engine.dispose()

    database = Database(url)
    await database.prepare()
    async with database.reading() as connection:
        assert [tuple(row) for row in await connection.execute(select(used_tokens))] == [("a", "b", 1)]
        assert (await connection.execute(select(decisions))).all() == []
    await database.close()


async def test_processes_that_start_at_once_make_the_tables_once(store_url: str) -> None:
    """Each waits for whoever is at it."""
    databases = [Database(Settings(database=store_url).database_url()) for _ in range(4)]
    await asyncio.gather(*(database.prepare() for database in databases))
    for number, database in enumerate(databases):
        await DecisionRows(database).write([a_decision(number)])
    async with databases[0].reading() as connection:
        assert len((await connection.execute(select(decisions))).all()) == len(databases)
    for database in databases:
        await database.close()


async def test_tables_of_a_newer_version_are_left_alone(database: Database) -> None:
    """An old worker beside new ones must not guess."""
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    newer = Database(database.url)
    with pytest.raises(StoreUnavailable):
        await newer.prepare()
    await newer.close()


async def test_the_database_refuses_to_change_a_decision(database: Database) -> None:
    """Rows are added, and dropped by retention and erasure; no mistake of ours can rewrite one."""
    await DecisionRows(database).write([a_decision()])

    with pytest.raises(RowRejected):
        async with database.writing() as connection:
            await connection.execute(decisions.update().values(status=500))

    assert (await DecisionRows(database).get(a_decision().id)) == a_decision()
