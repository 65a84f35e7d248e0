"""Removal of old rows and of one patient's rows.

Cards and feedback must go with their decision.
Tests: tests/store/test_retention.py.
"""

from sqlalchemy import delete, select

from cds_service.audit.pseudonyms import Hashes
from cds_service.store.database import Database
from cds_service.store.tables import decisions, gaps, stray_feedback

AT_A_TIME = 1000
"""Rows of one transaction, so that others can write."""


async def prune(database: Database, before: int) -> int:
    """Drop decisions older than this time in epoch milliseconds.

    Their number is returned.
    """
    dropped = 0
    old = select(decisions.c.id).where(decisions.c.at < before).order_by(decisions.c.at).limit(AT_A_TIME)
    while True:
        async with database.writing() as connection:
            count = (await connection.execute(delete(decisions).where(decisions.c.id.in_(old)))).rowcount
            await connection.execute(delete(stray_feedback).where(stray_feedback.c.received < before))
            await connection.execute(delete(gaps).where(gaps.c.ended < before))
        dropped += count
        if count < AT_A_TIME:
            return dropped


async def erase(database: Database, client: str, patient: Hashes) -> int:
    """Drop every decision about a patient, with cards and feedback.

    Their number is returned.
    """
    of = (decisions.c.client == client, decisions.c.patient_hash.in_(patient))
    async with database.writing() as connection:
        return (await connection.execute(delete(decisions).where(*of))).rowcount
