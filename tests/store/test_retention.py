"""What is dropped, and that nothing of it stays behind.

It must not test the commands: tests/cli/test_cli_store.py does.
It tests cds_service/store/retention.py.
"""

import pytest
from sqlalchemy import func, select

from cds_service.audit.decision import RecordingGap
from cds_service.store import retention
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from cds_service.store.feedback_rows import FeedbackRows
from cds_service.store.retention import erase, prune
from cds_service.store.tables import decisions, feedback, gaps, shown_cards, stray_feedback
from tests.store.rows import PATIENT, T0, a_card, a_decision, a_reply, uuid_of

pytestmark = pytest.mark.anyio


async def _counts(database: Database) -> tuple[int, ...]:
    tables = (decisions, shown_cards, feedback, stray_feedback, gaps)
    async with database.reading() as connection:
        return tuple([int(await connection.scalar(select(func.count()).select_from(each)) or 0) for each in tables])


async def _filled(database: Database) -> None:
    rows, replies = DecisionRows(database), FeedbackRows(database)
    await rows.write(
        [
            a_decision(1, a_card(uuid_of(1))),
            a_decision(2, a_card(uuid_of(2)), patient_hash=PATIENT[1]),
            a_decision(3, a_card(uuid_of(3)), patient_hash="f" * 32),
            a_decision(4, a_card(uuid_of(4)), client="south"),
        ]
    )
    await replies.add([a_reply(uuid_of(number), received=T0 + number) for number in (1, 2, 3)])
    await replies.add_strays([a_reply(uuid_of(9), received=T0 + 1)])
    await rows.note_gap(RecordingGap(uuid_of(8), T0, T0 + 1, 5))


async def test_all_of_a_patient_is_erased_and_nothing_else(database: Database) -> None:
    """Also what was written under a former key; another patient, and the same id of another client, stay."""
    await _filled(database)

    assert await erase(database, "north", PATIENT) == 2
    assert await _counts(database) == (2, 2, 1, 1, 1)
    assert await FeedbackRows(database).overrides("north", PATIENT) == ()
    assert await erase(database, "north", PATIENT) == 0


async def test_what_is_too_old_is_dropped(database: Database) -> None:
    """Decisions with their cards and feedback, strays and gaps; not a millisecond too early."""
    await _filled(database)

    assert await prune(database, T0 + 1) == 0
    assert await _counts(database) == (4, 4, 3, 1, 1)
    assert await prune(database, T0 + 3) == 2
    assert await _counts(database) == (2, 2, 1, 0, 0)


async def test_much_that_is_old_is_dropped_in_pieces(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that others write meanwhile."""
    monkeypatch.setattr(retention, "AT_A_TIME", 2)
    await DecisionRows(database).write([a_decision(number) for number in range(5)])

    assert await prune(database, T0 + 100) == 5
    assert await _counts(database) == (0, 0, 0, 0, 0)
