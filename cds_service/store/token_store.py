"""Table of used tokens, one row for each token.

Failures are StoreUnavailable, never a yes.
Tests: tests/security/test_token_replay.py.
"""

from sqlalchemy import delete, insert

from cds_service.audit.storage import RowRejected
from cds_service.store.database import Database
from cds_service.store.statement import Statement
from cds_service.store.tables import used_tokens

_INSERT = Statement(insert(used_tokens))


class TokenStore:
    """Used tokens in the process's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prepare(self) -> None:
        """Create missing tables.

        Raises StoreUnavailable.
        """
        await self._database.prepare()

    async def add(self, issuer: str, jti: str, expires: int) -> bool:
        """Write the row, and return True if it is new."""
        try:
            await self._database.add((_INSERT, [{"issuer": issuer, "jti": jti, "expires": expires}]))
        except RowRejected:
            return False
        return True

    async def remove_expired(self, before: int) -> None:
        """Drop the rows expired before this second."""
        async with self._database.writing() as connection:
            await connection.execute(delete(used_tokens).where(used_tokens.c.expires < before))
