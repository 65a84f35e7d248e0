"""Database URL from the operator's setting, or the default file.

A URL must not be repeated, because it may hold a password.
Tests: tests/store/test_store.py, tests/clients/test_registered_clients.py.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from cds_service.errors import SettingsError

STATE_FILE = "recurrence-cds/store.sqlite3"
_SQLITE = re.compile(r"sqlite(?:\+aiosqlite)?:///(?P<path>(?!:memory:)[^?#]+)")
_POSTGRESQL = re.compile(r"postgres(?:ql)?(?:\+asyncpg)?://(?P<rest>[^\s/?#]*/[^\s/?#]+(?:\?[^\s#]*)?)")


def database_url(url: str) -> str:
    """Return a URL with our driver, or raise ValueError."""
    if file := _SQLITE.fullmatch(url):
        return f"sqlite:///{file['path']}"
    if server := _POSTGRESQL.fullmatch(url):
        return f"postgresql+asyncpg://{server['rest']}"
    raise ValueError("write sqlite:////absolute/path/of/a/file or postgresql://user@host:port/name")


def default_url(environment: Mapping[str, str]) -> str:
    """Return a file in the user's state folder.

    Raises SettingsError for a user without a home.
    """
    try:
        state = Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    except RuntimeError as error:
        raise SettingsError("database: the user has no home to keep a file in: set RECURRENCE_CDS_DATABASE") from error
    return f"sqlite:///{state / STATE_FILE}"
