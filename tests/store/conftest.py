"""Databases of both kinds for the tests of the store: the same tests run on each.

It must not start a server for tests that are not run.
Its tests are those beside it.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from cds_service.config.settings import Settings
from cds_service.store.database import Database
from tests.store.postgres import Postgres, programs_of_debian, programs_of_the_wheel, running


@pytest.fixture(scope="session")
def wheel() -> Iterator[Postgres]:
    """PostgreSQL from the wheel."""
    with running(programs_of_the_wheel()) as server:
        yield server


@pytest.fixture(scope="session")
def debian() -> Iterator[Postgres]:
    """PostgreSQL of the system."""
    with running(programs_of_debian()) as server:
        yield server


SLOW = tuple(pytest.param(kind, marks=pytest.mark.slow) for kind in ("wheel", "debian"))


@pytest.fixture(params=["sqlite", *SLOW])
def store_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database that is empty, as an operator writes it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('store')}/store.sqlite3"
    server: Postgres = request.getfixturevalue(request.param)
    return server.new_database()


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    """That database with its tables."""
    database = Database(Settings(database=store_url).database_url())
    await database.prepare()
    yield database
    await database.close()
