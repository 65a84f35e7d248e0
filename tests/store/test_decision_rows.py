"""Decisions in the table: all of a batch or none, each once, in the order of their time.

It must not test when they are written.
It tests cds_service/store/decision_rows.py.
"""

import pytest

from cds_service.audit.decision import Decision, RecordingGap
from cds_service.audit.storage import RowRejected
from cds_service.store.database import Database
from cds_service.store.decision_rows import PAGE, DecisionRows
from tests.store.rows import CARD, T0, a_card, a_decision, uuid_of

pytestmark = pytest.mark.anyio
LATER = T0 * 2


async def _all(rows: DecisionRows, since: int = 0, until: int = LATER) -> list[Decision]:
    return [decision async for decision in rows.between(since, until)]


async def test_what_was_written_is_read(database: Database) -> None:
    """Every field of a decision and of its cards; what was not known stays unknown."""
    rows = DecisionRows(database)
    whole = a_decision(
        1,
        a_card(),
        a_card(CARD.replace("1", "2"), state="quiet", suggestions=()),
        code="missing-data",
        reason="expired",
        error_id=uuid_of(9),
        hook_instance=uuid_of(8),
        as_of="2026-06-15",
        ruleset="1.0.0",
        profile="epic",
        language="de",
        state="active",
        sources='{"unknown":[["Observation","late"]]}',
        outcomes="{}",
        quiet="{}",
        request_digest="a" * 64,
        answer_digest="b" * 64,
    )
    bare = Decision(id=uuid_of(2), at=T0 + 2, hook="patient-view", status=401, duration_ms=0.5)
    await rows.write([whole, bare])

    assert await _all(rows) == [whole, bare]
    assert await rows.get(whole.id) == whole
    assert await rows.get(uuid_of(3)) is None


async def test_a_decision_that_is_written_again_is_there_once(database: Database) -> None:
    """A writer that was cut off does not know whether its batch is in."""
    rows = DecisionRows(database)
    await rows.write([a_decision(1, a_card())])
    await rows.write([a_decision(1, a_card()), a_decision(2, a_card())])

    assert await _all(rows) == [a_decision(1, a_card()), a_decision(2, a_card())]


async def test_a_batch_with_a_row_that_no_column_can_hold_leaves_nothing(database: Database) -> None:
    """All or none: whoever wrote it then looks for the row."""
    rows = DecisionRows(database)
    with pytest.raises(RowRejected):
        await rows.write([a_decision(1), a_decision(2, hook=None)])

    assert await _all(rows) == []
    await rows.write([a_decision(1)])
    assert await _all(rows) == [a_decision(1)]


async def test_decisions_come_by_their_time_however_many(database: Database) -> None:
    """From a moment on, until before another; those of one millisecond by their ids."""
    rows = DecisionRows(database)
    many = [a_decision(number, at=T0 + number // 3) for number in range(PAGE + 60)]
    await rows.write(many[::-1])

    assert await _all(rows) == many
    assert await _all(rows, T0 + 1, T0 + 2) == many[3:6]


async def test_gaps_are_kept(database: Database) -> None:
    """So that who counts decisions knows what is missing."""
    rows = DecisionRows(database)
    gap = RecordingGap(uuid_of(1), T0, T0 + 5000, 42)
    await rows.note_gap(gap)

    assert await rows.gaps() == (gap,)
