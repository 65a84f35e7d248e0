"""What is dropped: rows that are too old, and all rows of one patient.

It must not leave a card or feedback behind whose decision is gone.
Tests: tests/store/test_retention.py.
"""

from sqlalchemy import delete, select

from cds_service.audit.pseudonyms import Hashes
from cds_service.store.database import Database
from cds_service.store.tables import decisions, gaps, stray_feedback

AT_A_TIME = 1000
"""So many rows go in one transaction: others write meanwhile."""


async def prune(database: Database, before: int) -> int:
    """Drop what is older than this moment (milliseconds since 1970); return how many decisions that were."""
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
    """Drop every decision about a patient, with its cards and their feedback; return how many decisions that were."""
    of = (decisions.c.client == client, decisions.c.patient_hash.in_(patient))
    async with database.writing() as connection:
        return (await connection.execute(delete(decisions).where(*of))).rowcount
