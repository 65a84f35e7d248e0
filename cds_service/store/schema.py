"""Migration of the tables by one process while others wait.

Alembic must not be imported without a migration to run.
Tests: tests/store/test_schema.py.
"""

from sqlalchemy import Connection, inspect, text

from cds_service.errors import StoreUnavailable
from cds_service.log import Event, log_event

HEAD = "0002"
"""The newest step under migrations/versions."""
LOCK = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(5269726387)"}
"""Our own lock number between migrating processes."""


def is_current(connection: Connection) -> bool:
    """Return True if the tables are those of this code."""
    return _version(connection) == HEAD


def upgrade(connection: Connection) -> None:
    """Create or migrate the tables.

    Raises StoreUnavailable for tables of newer code.
    """
    # From here on one process works; the step finds done what another one did meanwhile.
    connection.exec_driver_sql(LOCK[connection.dialect.name])
    _upgrade(connection)
    connection.commit()


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - only for tables that are not there yet
    from alembic.config import Config  # noqa: PLC0415 - as above
    from alembic.util.exc import CommandError  # noqa: PLC0415 - as above

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "cds_service.store:migrations")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        log_event(Event.STORE, reason="unknown-version")
        raise StoreUnavailable from error
