"""Decisions on their way: in batches, kept while the store fails, counted where they are lost.

It must not use a database: tests/store does.
It tests cds_service/audit/batch_writer.py.
"""

import asyncio

import pytest
from structlog.testing import capture_logs

from cds_service.audit import batch_writer as module
from cds_service.audit.batch_writer import BATCH, BatchWriter
from cds_service.errors import StoreUnavailable
from tests.audit.fake_storage import FakeTables
from tests.store.rows import a_decision, uuid_of
from tests.tokens import HandClock
from tests.until import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def tables() -> FakeTables:
    """Tables that work."""
    return FakeTables()


@pytest.fixture
def batch_writer(tables: FakeTables) -> BatchWriter:
    """A recorder that writes to them."""
    return BatchWriter(tables, HandClock())


async def test_decisions_are_written_in_batches_in_their_order(tables: FakeTables, batch_writer: BatchWriter) -> None:
    """None is written twice."""
    for number in range(BATCH + 5):
        batch_writer.add(a_decision(number))
    assert batch_writer.waiting == BATCH + 5
    await batch_writer.flush()

    assert list(tables.decisions) == [uuid_of(number) for number in range(BATCH + 5)]
    assert (tables.batches, batch_writer.waiting) == ([BATCH, 5], 0)


async def test_they_are_written_by_themselves_until_the_end(tables: FakeTables, batch_writer: BatchWriter) -> None:
    """And what comes last is written at the stop."""
    running = asyncio.create_task(batch_writer.run())
    batch_writer.add(a_decision(1))
    await until(lambda: bool(tables.decisions))
    batch_writer.add(a_decision(2))
    batch_writer.end()
    await running
    batch_writer.add(a_decision(3))
    await batch_writer.drain()

    assert list(tables.decisions) == [uuid_of(1), uuid_of(2), uuid_of(3)]


async def test_a_store_that_fails_loses_nothing_until_too_many_wait(
    tables: FakeTables, batch_writer: BatchWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then what comes is counted; afterwards the gap is written down and said."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    tables.is_down = True
    with capture_logs() as lines:
        for number in range(5):
            batch_writer.add(a_decision(number))
            with pytest.raises(StoreUnavailable):
                await batch_writer.flush()
        assert (batch_writer.is_failing, batch_writer.waiting, batch_writer.lost) == (True, 3, 2)
        tables.is_down = False
        await batch_writer.flush()

    assert list(tables.decisions) == [uuid_of(0), uuid_of(1), uuid_of(2)]
    assert [gap.decisions for gap in tables.gaps] == [2]
    assert (batch_writer.is_failing, batch_writer.waiting, batch_writer.lost) == (False, 0, 2)
    assert [(line["event"], line["reason"]) for line in lines] == [
        ("store", "decisions-wait"),
        ("store", "decisions-lost"),
        ("store", "gap"),
    ]
    await batch_writer.flush()
    assert len(tables.gaps) == 1


async def test_the_writer_tries_again_by_itself(
    tables: FakeTables, batch_writer: BatchWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call has to come first."""
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    tables.is_down = True
    running = asyncio.create_task(batch_writer.run())
    batch_writer.add(a_decision(1))
    await until(lambda: batch_writer.is_failing)
    tables.is_down = False
    await until(lambda: bool(tables.decisions))
    batch_writer.end()
    await running

    assert not batch_writer.is_failing


async def test_a_row_that_no_column_can_hold_stops_no_other(tables: FakeTables, batch_writer: BatchWriter) -> None:
    """It is found, and counted as lost."""
    tables.refused = {uuid_of(3)}
    for number in range(8):
        batch_writer.add(a_decision(number))
    await batch_writer.flush()

    assert sorted(tables.decisions) == [uuid_of(number) for number in range(8) if number != 3]
    assert (batch_writer.lost, batch_writer.waiting, batch_writer.is_failing) == (1, 0, False)
    assert [gap.decisions for gap in tables.gaps] == [1]


async def test_what_can_not_be_written_at_the_stop_is_said_to_be_lost(
    tables: FakeTables, batch_writer: BatchWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop does not wait for ever."""
    monkeypatch.setattr(module, "DRAIN_S", 0.0)
    tables.is_down = True
    batch_writer.add(a_decision(1))
    with capture_logs() as lines:
        await batch_writer.drain()

    assert batch_writer.lost == 1
    assert [(line["reason"], line.get("decisions")) for line in lines][1] == ("decisions-lost", 1)


async def test_a_row_that_must_be_first_is_written_or_refused(tables: FakeTables, batch_writer: BatchWriter) -> None:
    """Whether the store is down or does not take it."""
    await batch_writer.write(a_decision(1))
    tables.refused = {uuid_of(2)}
    with pytest.raises(StoreUnavailable):
        await batch_writer.write(a_decision(2))
    tables.is_down = True
    with pytest.raises(StoreUnavailable):
        await batch_writer.write(a_decision(3))

    assert list(tables.decisions) == [uuid_of(1)]
    assert batch_writer.lost == 0
