"""The ledger: overrides in time or not at all, feedback behind its decision, and how it says it is doing.

It must not use a database: tests/store does.
It tests cds_service/audit/audit_log.py and the overrides of cds_service/audit/call_record.py.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest
from structlog.testing import capture_logs

from cards.quiet import Override
from cds_service.audit import audit_log as module
from cds_service.audit.audit_log import AuditHealth, AuditLog, AuditPolicy
from cds_service.audit.call_record import CallRecord, CallSubject
from cds_service.audit.feedback_item import from_epoch_ms
from cds_service.errors import StoreUnavailable
from rules.outcome import Level
from tests.audit.fake_storage import FakeTables
from tests.store.rows import CARD, PATIENT, PSEUDONYMS, T0, a_card, a_decision, a_reply
from tests.tokens import HandClock

pytestmark = pytest.mark.anyio

KNOWN = Override("brain", Level.WARNING, frozenset(), "not-now", from_epoch_ms(T0), None)


@asynccontextmanager
async def _audit_log(tables: FakeTables, policy: AuditPolicy | None = None) -> AsyncIterator[AuditLog]:
    audit_log = AuditLog(tables, PSEUDONYMS, policy or AuditPolicy(), HandClock())
    await audit_log.start()
    yield audit_log
    await audit_log.close()


def _draft(audit_log: AuditLog) -> CallRecord:
    draft = audit_log.draft()
    draft.subject = CallSubject("north", "patient-1", None, "instance", date(2026, 6, 15), "generic")
    return draft


async def test_overrides_are_told() -> None:
    """To the ledger's own caller and to the draft of a call alike; to a draft without a patient nothing."""
    async with _audit_log(FakeTables(known=(KNOWN,))) as audit_log:
        assert await audit_log.overrides("north", PATIENT) == (KNOWN,)
        assert await _draft(audit_log).overrides("", "") == (KNOWN,)
        assert await audit_log.draft().overrides("", "") == ()


async def test_overrides_that_come_too_late_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call goes on and its row says so; for a while nobody asks."""
    monkeypatch.setattr(module, "OVERRIDES_BUDGET_S", 0.01)
    tables = FakeTables(known=(KNOWN,), slow=asyncio.Event())
    async with _audit_log(tables) as audit_log:
        late, soon_after = _draft(audit_log), _draft(audit_log)
        assert await late.overrides("", "") == ()
        assert await soon_after.overrides("", "") == ()
        assert (late.knows_overrides, soon_after.knows_overrides, tables.asked) == (False, False, 1)
        assert (await audit_log.health()).late == 2
        monkeypatch.setattr(module, "RETRY_PAUSE_S", 0.0)
        audit_log._asks_again = 0.0
        assert tables.slow is not None
        tables.slow.set()
        assert await _draft(audit_log).overrides("", "") == (KNOWN,)


async def test_where_it_refuses_a_call_without_overrides_is_refused() -> None:
    """The setting says so."""
    tables = FakeTables()
    async with _audit_log(tables, AuditPolicy(refuses=True)) as audit_log:
        tables.is_down = True
        with pytest.raises(StoreUnavailable):
            await _draft(audit_log).overrides("", "")
        tables.is_down = False


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_store_that_is_down_at_the_start_is_waited_for_unless_calls_are_refused(*, refuses: bool) -> None:
    """A worker that is started anew while the database is away must serve."""
    tables = FakeTables(is_down=True)
    audit_log = AuditLog(tables, PSEUDONYMS, AuditPolicy(refuses=refuses), HandClock())
    if refuses:
        with pytest.raises(StoreUnavailable):
            await audit_log.start()
        return
    with capture_logs() as lines:
        await audit_log.start()
    audit_log.add(a_decision())
    tables.is_down = False
    await audit_log.close()

    assert lines[0]["reason"] == "unavailable"
    assert list(tables.decisions) == [a_decision().id]


async def test_feedback_comes_after_the_decisions_that_wait() -> None:
    """So that it finds its card."""
    tables = FakeTables()
    async with _audit_log(tables) as audit_log:
        audit_log.add(a_decision(1, a_card()))
        await audit_log.add_feedback([a_reply()])

    assert [reply.card for reply in tables.replies] == [CARD]


async def test_feedback_on_a_card_that_another_worker_is_about_to_write_is_joined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is looked for once more."""
    monkeypatch.setattr(module, "LATE_CARD_WAIT_S", 0.01)
    tables = FakeTables()
    async with _audit_log(tables) as audit_log:
        adding = asyncio.create_task(audit_log.add_feedback([a_reply()]))
        await asyncio.sleep(0)
        await tables.write([a_decision(1, a_card())])
        await adding

    assert ([reply.card for reply in tables.replies], tables.strays) == ([CARD], [])


async def test_feedback_without_room_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not who sent what."""
    monkeypatch.setattr(module, "LATE_CARD_WAIT_S", 0.0)
    tables = FakeTables()
    with capture_logs() as lines:
        async with _audit_log(tables) as audit_log:
            await audit_log.add_feedback([a_reply(), a_reply(at=T0)])

    assert len(tables.strays) == 1
    assert [line["reason"] for line in lines] == ["strays-dropped"]


async def test_it_says_how_it_is_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the store said in the last second; also that decisions wait."""
    tables = FakeTables()
    audit_log = AuditLog(tables, PSEUDONYMS, AuditPolicy(), HandClock())
    assert await audit_log.health() == AuditHealth(is_up=True, waiting=0, lost=0, late=0)
    tables.is_down = True
    assert (await audit_log.health()).is_up
    monkeypatch.setattr(module, "RETRY_PAUSE_S", 0.0)
    assert not (await audit_log.health()).is_up
    audit_log.add(a_decision())
    with pytest.raises(StoreUnavailable):
        await audit_log.flush()
    tables.is_down = False
    assert await audit_log.health() == AuditHealth(is_up=False, waiting=1, lost=0, late=0)
    await audit_log.flush()
    assert (await audit_log.health()).is_up


@pytest.mark.parametrize("days", [None, 30])
async def test_old_rows_are_dropped_now_and_then(days: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the settings say how old; early feedback is looked at in any case, and a fault stops nothing."""
    monkeypatch.setattr(module, "MAINTENANCE_INTERVAL_S", 0.01)
    tables = FakeTables()
    async with _audit_log(tables, AuditPolicy(retention_days=days)):
        while len(tables.tended) < 4:
            await asyncio.sleep(0.01)
            tables.is_down = len(tables.tended) == 2 and not tables.is_down
        tables.is_down = False

    now = HandClock().now().timestamp() * 1000
    pruned = [f"prune before {int(now - 30 * 86_400_000)}"] if days else ["adopt"]
    assert tables.tended[:2] == ["adopt", *pruned]
