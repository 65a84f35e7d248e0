"""Feedback in the tables, joined to its card or kept apart.

A card counts only for the client it was shown to.
Tests: tests/store/test_feedback_rows.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, String, and_, bindparam, delete, func, or_, select, tuple_

from cards.quiet import Override
from cds_service.audit.feedback_item import FeedbackItem, from_epoch_ms
from cds_service.audit.overrides import MOST, OVERRIDE_SYSTEM
from cds_service.audit.pseudonyms import Hashes
from cds_service.store.database import Database, OpenConnection
from cds_service.store.decision_rows import as_json, insert_once, read_concerns
from cds_service.store.statement import Statement
from cds_service.store.tables import feedback, shown_cards, stray_feedback
from rules.outcome import Level

MOST_STRAYS = 10_000
"""Maximum number of early items of a client.

More are counted and dropped.
"""
OVERRIDDEN = "overridden"
_KEY = (stray_feedback.c.client, stray_feedback.c.card, stray_feedback.c.outcome, stray_feedback.c.at)


class _Overridden(NamedTuple):
    """An overridden card with its outcome."""

    card: str
    concerns: str
    user_hash: str | None
    reason: str | None
    reason_system: str | None
    at: int


@cache
def _overridden(hashes: int) -> Statement:
    """Return the cached query for overridden cards of a patient.

    The number of hashes varies.
    """
    by_patient = [bindparam(f"hash_{each}", type_=String) for each in range(hashes)]
    return Statement(
        select(
            shown_cards.c.card,
            shown_cards.c.concerns,
            shown_cards.c.user_hash,
            feedback.c.reason,
            feedback.c.reason_system,
            feedback.c.at,
        )
        .join(feedback, and_(feedback.c.client == shown_cards.c.client, feedback.c.card == shown_cards.c.card))
        .where(shown_cards.c.client == bindparam("client"))
        .where(or_(*(shown_cards.c.patient_hash == each for each in by_patient)))
        .where(shown_cards.c.state == "shown", feedback.c.outcome == OVERRIDDEN)
        .order_by(feedback.c.at.desc(), shown_cards.c.at.desc())
        .limit(MOST)
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """Last decision of a card with its suggestions."""

    decision: str
    suggestions: frozenset[str]


class FeedbackRows:
    """The tables `feedback` and `stray_feedback`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._add = insert_once(feedback, database.kind)
        self._add_stray = insert_once(stray_feedback, database.kind)

    async def add(self, replies: Sequence[FeedbackItem]) -> tuple[FeedbackItem, ...]:
        """Add feedback on shown cards and return the rest."""
        async with self._database.writing() as connection:
            shown = await _shown(connection, replies)
            rows = [_row(reply, shown[reply.card]) for reply in replies if reply.card in shown]
            if rows:
                await connection.execute(self._add, rows)
        return tuple(reply for reply in replies if reply.card not in shown)

    async def add_strays(self, replies: Sequence[FeedbackItem]) -> int:
        """Keep early feedback and return the number without room."""
        client = replies[0].client
        count = select(func.count()).select_from(stray_feedback).where(stray_feedback.c.client == client)
        async with self._database.writing() as connection:
            room = max(0, MOST_STRAYS - int(await connection.scalar(count) or 0))
            if rows := [_stray(reply) for reply in replies[:room]]:
                await connection.execute(self._add_stray, rows)
        return len(replies) - len(rows)

    async def join_early_feedback(self) -> None:
        """Join early feedback to cards written since."""
        known = and_(shown_cards.c.client == stray_feedback.c.client, shown_cards.c.card == stray_feedback.c.card)
        query = select(stray_feedback).where(select(1).where(known).exists()).limit(MOST)
        async with self._database.writing() as connection:
            replies = [_reply(row) for row in (await connection.execute(query)).all()]
            for client in {reply.client for reply in replies}:
                own = [reply for reply in replies if reply.client == client]
                shown = await _shown(connection, own)
                await connection.execute(self._add, [_row(reply, shown[reply.card]) for reply in own])
                keys = [(reply.client, reply.card, reply.outcome, reply.at) for reply in own]
                await connection.execute(delete(stray_feedback).where(tuple_(*_KEY).in_(keys)))

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:
        """Return a patient's overrides, newest first.

        Each has its card as shown last.
        """
        asked = {"client": client, **{f"hash_{each}": text for each, text in enumerate(patient)}}
        newest: dict[tuple[str, int], _Overridden] = {}
        for row in map(_Overridden._make, await self._database.ask(_overridden(len(patient)), asked)):
            newest.setdefault((row.card, row.at), row)
        return tuple(override for row in newest.values() for override in _overrides(row))


async def _shown(connection: OpenConnection, replies: Iterable[FeedbackItem]) -> dict[str, _Shown]:
    """Return the shown cards of feedback, each as shown last."""
    clients, cards = {reply.client for reply in replies}, {reply.card for reply in replies}
    query = (
        select(shown_cards.c.card, shown_cards.c.decision, shown_cards.c.suggestions)
        .where(shown_cards.c.client.in_(clients), shown_cards.c.card.in_(cards))
        .order_by(shown_cards.c.at)
    )
    rows = (await connection.execute(query)).all()
    return {row.card: _Shown(row.decision, frozenset(msgspec.json.decode(row.suggestions))) for row in rows}


def _row(reply: FeedbackItem, shown: _Shown) -> dict[str, Any]:
    accepted = [uuid for uuid in reply.accepted if uuid in shown.suggestions]
    return _stray(reply) | {"decision": shown.decision, "accepted": as_json(accepted)}


def _stray(reply: FeedbackItem) -> dict[str, Any]:
    return {
        "client": reply.client,
        "card": reply.card,
        "outcome": reply.outcome,
        "at": reply.at,
        "received": reply.received,
        "reason": reply.reason,
        "reason_system": reply.reason_system,
        "accepted": as_json(reply.accepted),
        "commented": int(reply.commented),
    }


def _reply(row: Row[Any]) -> FeedbackItem:
    values = row._asdict()
    accepted, commented = tuple(msgspec.json.decode(row.accepted)), bool(row.commented)
    return FeedbackItem(**values | {"accepted": accepted, "commented": commented})


def _overrides(row: _Overridden) -> Iterator[Override]:
    """Yield the override of each concern of a card."""
    reason = row.reason if row.reason_system == OVERRIDE_SYSTEM else None
    for concern in read_concerns(row.concerns):
        level = Level[concern.level.upper()]
        yield Override(concern.topic, level, frozenset(concern.evidence), reason, from_epoch_ms(row.at), row.user_hash)
