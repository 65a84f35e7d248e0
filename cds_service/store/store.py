"""The store of the settings, a database with its audit log.

Tests: tests/store/test_store.py.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cds_service.audit.audit_log import AuditLog, AuditPolicy
from cds_service.audit.pseudonym_keys import make_key_file, read_pseudonyms
from cds_service.audit.pseudonyms import Pseudonyms
from cds_service.clock import Clock
from cds_service.config.settings import PREFIX, Settings
from cds_service.errors import SettingsError, StoreUnavailable
from cds_service.store.audit_storage import SqlAuditStorage
from cds_service.store.database import Database

KEY_SUFFIX = ".patient-key"


@dataclass(frozen=True, slots=True)
class Store:
    """Database and audit log of a process."""

    database: Database
    audit_log: AuditLog

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> Self:
        """Return the unopened store of the settings.

        Raises SettingsError.
        """
        database = database_of(settings)
        policy = AuditPolicy(refuses=settings.on_store_failure == "refuse", retention_days=settings.retention_days)
        return cls(database, AuditLog(SqlAuditStorage(database), _pseudonyms(settings, database), policy, clock))


def database_of(settings: Settings) -> Database:
    """Return the database of the settings.

    A default folder is created, a named one must exist.
    """
    database = Database(settings.database_url())
    if database.file is None:
        return database
    folder = database.file.parent
    if settings.database is None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"database: the folder of {database.shown} can't be made: {error.strerror}") from error
    if not folder.is_dir():
        raise SettingsError(f"database: {database.shown} can't be used: its folder is not there")
    return database


def key_file_of(settings: Settings, database: Database) -> Path:
    """Return the key file, by default beside the SQLite file."""
    if settings.patient_key_file is not None:
        return settings.patient_key_file
    if database.file is None:
        raise SettingsError(
            "patient_key_file: is missing: all machines that share a PostgreSQL database need the same key "
            f"({PREFIX}PATIENT_KEY_FILE)"
        )
    return database.file.with_name(database.file.name + KEY_SUFFIX)


def _pseudonyms(settings: Settings, database: Database) -> Pseudonyms:
    """Return the pseudonyms of the settings.

    Beside a SQLite file a key is made by default.
    """
    path = key_file_of(settings, database)
    if settings.patient_key_file is None and not path.exists():
        make_key_file(path)
    return read_pseudonyms(path)


async def check_store(settings: Settings) -> None:
    """Create the tables before workers start.

    Raises SettingsError.
    """
    database = database_of(settings)
    try:
        _pseudonyms(settings, database)
        await database.prepare()
    except StoreUnavailable as error:
        cause = getattr(error.__cause__, "orig", error.__cause__)
        raise SettingsError(f"database: {database.shown} can't be used: {cause}") from error
    finally:
        await database.close()
