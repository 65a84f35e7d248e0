"""What a start does not import: the parts that only a clients registry needs.

It must not start a service in this process: others have imported everything here already.
It is itself a test.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tokens import a_registry

PARTS = ("joserfc", "cryptography", "sqlalchemy", "alembic")
CODE = (
    "import asyncio, sys\n"
    "from cds_service.app import create_app\n"
    "from cds_service.config.settings import Settings\n"
    "async def start(app):\n"
    "    async with app.router.lifespan_context(app):\n"
    "        pass\n"
    "clients, database = sys.argv[1:3]\n"
    "settings = Settings(clients=clients or None, database=database or None)\n"
    "asyncio.run(start(create_app(settings)))\n"
    f"print(*[part for part in {PARTS} if part in sys.modules])\n"
)


def _imported(clients: str = "", database: str = "") -> list[str]:
    command = [sys.executable, "-c", CODE, clients, database]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.sweep
def test_a_start_without_a_registry_imports_no_store_and_no_cryptography() -> None:
    """It is as quick and as small as before there were clients."""
    assert _imported() == []


@pytest.mark.sweep
@pytest.mark.parametrize("again", [False, True])
def test_a_store_that_is_up_to_date_needs_no_migration_tool(tmp_path: Path, *, again: bool) -> None:
    """Only the first start makes tables; every other worker and every later start is spared that."""
    where = (str(a_registry(tmp_path)), f"sqlite:///{tmp_path}/store.sqlite3")
    if again:
        _imported(*where)

    assert _imported(*where) == [part for part in PARTS if part != "alembic" or not again]
