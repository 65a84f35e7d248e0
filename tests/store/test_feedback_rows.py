"""Feedback in the tables: joined to its card, once, and never to a card of somebody else.

It must not test how feedback is read from a request.
It tests cds_service/store/feedback_rows.py.
"""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table, select, text

from cards.quiet import Override
from cds_service.audit.feedback_item import from_epoch_ms
from cds_service.audit.overrides import MOST, OVERRIDE_SYSTEM
from cds_service.store import feedback_rows
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from cds_service.store.feedback_rows import FeedbackRows
from cds_service.store.tables import feedback, stray_feedback
from rules.outcome import Level
from tests.store.rows import CARD, PATIENT, PSEUDONYMS, SUGGESTION, T0, a_card, a_decision, a_reply, uuid_of

pytestmark = pytest.mark.anyio


async def _rows(database: Database, table: Table) -> list[dict[str, Any]]:
    async with database.reading() as connection:
        return [row._asdict() for row in await connection.execute(select(table).order_by(table.c.at))]


async def test_feedback_is_joined_to_the_decision_that_showed_the_card(database: Database) -> None:
    """With the suggestions of that card that were taken, and no others."""
    rows = FeedbackRows(database)
    await DecisionRows(database).write([a_decision(1, a_card())])
    accepted = a_reply(outcome="accepted", accepted=(SUGGESTION, uuid_of(7)))

    assert await rows.add([accepted]) == ()
    (kept,) = await _rows(database, feedback)
    assert (kept["decision"], kept["accepted"]) == (a_decision().id, f'["{SUGGESTION}"]')
    assert (kept["client"], kept["card"], kept["outcome"]) == ("north", CARD, "accepted")
    assert (kept["at"], kept["received"]) == (T0 + 1000, T0 + 1500)


async def test_feedback_that_comes_again_is_one_row(database: Database) -> None:
    """Alone or in another batch, and the first stays; another time or outcome is another row."""
    rows = FeedbackRows(database)
    await DecisionRows(database).write([a_decision(1, a_card())])
    for batch in ([a_reply()], [a_reply(received=T0 + 9000), a_reply()], [a_reply(at=T0 + 2000), a_reply()]):
        assert await rows.add(batch) == ()
    await rows.add([a_reply(outcome="accepted")])

    found = await _rows(database, feedback)
    assert sorted((row["outcome"], row["at"] - T0, row["received"] - T0) for row in found) == [
        ("accepted", 1000, 1500),
        ("overridden", 1000, 1500),
        ("overridden", 2000, 1500),
    ]


async def test_a_card_of_another_client_is_not_known(database: Database) -> None:
    """Whoever guesses a uuid says nothing about it."""
    rows = FeedbackRows(database)
    await DecisionRows(database).write([a_decision(1, a_card())])
    forged = a_reply(client="south")

    assert await rows.add([forged]) == (forged,)
    assert await _rows(database, feedback) == []
    assert await rows.overrides("north", PATIENT) == ()


async def test_strays_are_kept_apart_and_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each client so many; what finds no room is counted."""
    monkeypatch.setattr(feedback_rows, "MOST_STRAYS", 3)
    rows = FeedbackRows(database)
    strays = [a_reply(uuid_of(number), at=T0 + number) for number in range(5)]

    assert await rows.add_strays(strays[:1]) == 0
    assert await rows.add_strays(strays[:1]) == 0
    assert await rows.add_strays(strays[1:]) == 2
    assert await rows.add_strays([replace(strays[0], client="south")]) == 0
    assert [row["card"] for row in await _rows(database, stray_feedback)] == [
        uuid_of(0),
        uuid_of(0),
        uuid_of(1),
        uuid_of(2),
    ]
    assert await _rows(database, feedback) == []


async def test_feedback_that_was_earlier_than_its_card_is_joined_when_the_card_is_there(database: Database) -> None:
    """The decision may still wait in another worker."""
    rows = FeedbackRows(database)
    early = a_reply(reason="not-now", reason_system=OVERRIDE_SYSTEM, commented=True)
    other = a_reply(uuid_of(5))
    await rows.add_strays([early, other])
    await DecisionRows(database).write([a_decision(1, a_card())])
    for _ in range(2):
        await rows.join_early_feedback()

    (kept,) = await _rows(database, feedback)
    assert (kept["card"], kept["reason"], kept["commented"], kept["decision"]) == (CARD, "not-now", 1, uuid_of(1))
    assert [row["card"] for row in await _rows(database, stray_feedback)] == [other.card]


async def test_overrides_tell_the_card_as_it_was_shown_last(database: Database) -> None:
    """Topic, level, evidence, reason, time and to whom; the newest first, accepted ones not."""
    evidence = PSEUDONYMS.evidence("north", "Condition/1")[0]
    rows, card, second = FeedbackRows(database), a_card(), a_card(uuid_of(2), topic="bone", level="info")
    await DecisionRows(database).write(
        [a_decision(1, a_card(level="info")), a_decision(2, card, second), a_decision(3, a_card(uuid_of(3)))]
    )
    await rows.add(
        [
            a_reply(reason="not-now", reason_system=OVERRIDE_SYSTEM),
            a_reply(second.card, at=T0 + 2000, reason="fatigue", reason_system="urn:site"),
            a_reply(uuid_of(3), outcome="accepted"),
        ]
    )

    user = PSEUDONYMS.user("north", "Practitioner/1")[0]
    assert await rows.overrides("north", PATIENT) == (
        Override("bone", Level.INFO, frozenset({evidence}), None, from_epoch_ms(T0 + 2000), user),
        Override("brain", Level.WARNING, frozenset({evidence}), "not-now", from_epoch_ms(T0 + 1000), user),
    )


async def test_overrides_are_those_of_one_patient_of_one_client(database: Database) -> None:
    """Under whichever of the keys they were written."""
    rows = FeedbackRows(database)
    same_patient = a_decision(1, a_card(), patient_hash=PATIENT[1])
    other_patient = a_decision(2, a_card(uuid_of(2)), patient_hash="f" * 32)
    other_client = a_decision(3, a_card(uuid_of(3)), client="south")
    await DecisionRows(database).write([same_patient, other_patient, other_client])
    await rows.add([a_reply(), a_reply(uuid_of(2))])
    await rows.add([a_reply(uuid_of(3), client="south")])

    assert [found.at for found in await rows.overrides("north", PATIENT)] == [from_epoch_ms(T0 + 1000)]
    assert await rows.overrides("north", ("0" * 32,)) == ()


async def test_a_card_that_was_held_back_can_not_be_overridden(database: Database) -> None:
    """Nobody saw it."""
    rows = FeedbackRows(database)
    await DecisionRows(database).write([a_decision(1, a_card(state="quiet"))])
    await rows.add([a_reply()])

    assert await rows.overrides("north", PATIENT) == ()


async def test_overrides_are_bounded_to_the_newest(database: Database) -> None:
    """A patient with more has been in care for long."""
    rows = FeedbackRows(database)
    await DecisionRows(database).write([a_decision(1, a_card())])
    await rows.add([a_reply(at=T0 + number) for number in range(MOST + 5)])

    found = await rows.overrides("north", PATIENT)
    assert [each.at for each in found] == [from_epoch_ms(T0 + number) for number in range(MOST + 4, 4, -1)]


async def test_overrides_are_found_by_an_index(database: Database) -> None:
    """A query that reads the whole table would not be in time."""
    async with database.reading() as connection:
        query = "SELECT 1 FROM shown_cards WHERE client = 'north' AND patient_hash IN ('a', 'b')"
        if database.kind == "sqlite":
            plan = (await connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))).all()
        else:
            await connection.execute(text("SET enable_seqscan = off"))
            plan = (await connection.execute(text(f"EXPLAIN {query}"))).all()

    assert "ix_shown_cards_patient" in str(plan)
