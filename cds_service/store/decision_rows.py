"""Decisions and their cards in the tables.

Tests: tests/store/test_decision_rows.py.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import fields
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Table, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from cds_service.audit.decision import CardRow, ConcernRow, Decision, RecordingGap, Suggestion
from cds_service.store.database import Database
from cds_service.store.statement import Statement
from cds_service.store.tables import decisions, gaps, shown_cards

PAGE = 500
_CONCERNS = msgspec.json.Decoder(tuple[ConcernRow, ...])
_COLUMNS = tuple(field.name for field in fields(Decision) if field.name != "cards")


def insert_once(table: Table, kind: str) -> PostgresInsert | SqliteInsert:
    """Return an insert that skips existing rows."""
    if kind == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


class DecisionRows:
    """The tables `decisions`, `shown_cards` and `gaps`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._add_decisions = Statement(insert_once(decisions, database.kind))
        self._add_cards = Statement(insert_once(shown_cards, database.kind))

    async def write(self, batch: Sequence[Decision]) -> None:
        """Add decisions with their cards, atomically.

        Existing ones stay. Raises StoreUnavailable, or RowRejected for an impossible row.
        """
        rows = [{name: getattr(decision, name) for name in _COLUMNS} for decision in batch]
        cards = [_card(decision, card) for decision in batch for card in decision.cards]
        steps = ((self._add_decisions, rows), (self._add_cards, cards))
        await self._database.add(*(step for step in steps if step[1]))

    async def note_gap(self, gap: RecordingGap) -> None:
        """Store a gap in the decisions."""
        async with self._database.writing() as connection:
            await connection.execute(gaps.insert().values(**{f.name: getattr(gap, f.name) for f in fields(gap)}))

    async def gaps(self) -> tuple[RecordingGap, ...]:
        """Return the gaps, the oldest first."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(gaps).order_by(gaps.c.began))).all()
        return tuple(RecordingGap(**row._asdict()) for row in rows)

    async def get(self, decision: str) -> Decision | None:
        """Return one decision by its id."""
        found = await self._read(decisions.c.id == decision)
        return found[0] if found else None

    async def between(self, since: int, until: int) -> AsyncIterator[Decision]:
        """Yield the decisions of [since, until) in epoch milliseconds, oldest first."""
        after: ColumnElement[bool] = decisions.c.at >= since
        while page := await self._read(and_(after, decisions.c.at < until)):
            for decision in page:
                yield decision
            at, last = page[-1].at, page[-1].id
            after = or_(decisions.c.at > at, and_(decisions.c.at == at, decisions.c.id > last))

    async def _read(self, where: ColumnElement[bool]) -> tuple[Decision, ...]:
        query = select(decisions).where(where).order_by(decisions.c.at, decisions.c.id).limit(PAGE)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            of = shown_cards.c.decision.in_([row.id for row in rows])
            cards = (await connection.execute(select(shown_cards).where(of).order_by(shown_cards.c.card))).all()
        return tuple(_decision(row, [card for card in cards if card.decision == row.id]) for row in rows)


def _card(decision: Decision, card: CardRow) -> dict[str, Any]:
    return {
        "decision": decision.id,
        "card": card.card,
        "client": decision.client,
        "patient_hash": decision.patient_hash,
        "key_id": decision.key_id,
        "user_hash": decision.user_hash,
        "at": decision.at,
        "topic": card.topic,
        "level": card.level,
        "rules": as_json(card.rules),
        "concerns": as_json(card.concerns),
        "suggestions": as_json({suggestion.uuid: suggestion.key for suggestion in card.suggestions}),
        "state": card.state,
    }


def _decision(row: Row[Any], cards: Iterable[Row[Any]]) -> Decision:
    return Decision(**row._asdict(), cards=tuple(_card_row(card) for card in cards))


def _card_row(row: Row[Any]) -> CardRow:
    return CardRow(
        card=row.card,
        topic=row.topic,
        level=row.level,
        rules=tuple(msgspec.json.decode(row.rules)),
        concerns=read_concerns(row.concerns),
        suggestions=tuple(Suggestion(uuid, key) for uuid, key in msgspec.json.decode(row.suggestions).items()),
        state=row.state,
    )


def read_concerns(text: str) -> tuple[ConcernRow, ...]:
    """Return the concerns of a card."""
    return _CONCERNS.decode(text)


def as_json(value: object) -> str:
    """Return a value as the text of a JSON column."""
    return msgspec.json.encode(value).decode()
