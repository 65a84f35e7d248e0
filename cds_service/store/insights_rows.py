"""Rows of a report, counted by the database or streamed.

It must not read a patient, a user or evidence, nor load all rows.
Tests: tests/store/test_insights_rows.py.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, case, func, literal_column, select

from cds_service.insights.queries import (
    ANSWERED,
    MONDAY_MS,
    WEEK_MS,
    Answer,
    CallCount,
    CardOutcome,
    ChartCount,
    Span,
    Unread,
    ViewCount,
)
from cds_service.store.database import Database
from cds_service.store.tables import decisions, feedback, gaps, shown_cards

SHOWN = "shown"
CHUNK = 200
"""Rows converted before other work gets its turn."""
_CARD, _REPLY = shown_cards.c, feedback.c


class InsightsRows:
    """Implements cds_service.insights.queries.Rows on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def calls(self, span: Span) -> tuple[CallCount, ...]:
        """Return the calls by their answer."""
        status, code = decisions.c.status, decisions.c.code
        query = select(status, code, func.count()).where(*_of_calls(span)).group_by(status, code)
        return tuple(CallCount(row[0], row[1], row[2]) for row in await self._all(query))

    async def views(self, span: Span) -> tuple[ViewCount, ...]:
        """Return the views by client and week."""
        found = await self._all(_views(span))
        return tuple(ViewCount(row.client, int(row.week), int(row.views), int(row.with_card)) for row in found)

    async def charts(self, span: Span) -> tuple[ChartCount, ...]:
        """Return the charts by unread sources."""
        sources = decisions.c.sources
        query = select(sources, func.count()).where(*_of_calls(span), sources.is_not(None)).group_by(sources)
        return tuple(ChartCount(_unread(row[0]), row[1]) for row in await self._all(query))

    async def lost(self, span: Span) -> int:
        """Return the number of lost decisions."""
        query = select(func.sum(gaps.c.decisions)).where(gaps.c.began >= span.since, gaps.c.began < span.until)
        return int((await self._all(query))[0][0] or 0)

    async def cards(self, span: Span) -> AsyncIterator[CardOutcome]:
        """Give every card once."""
        async with self._database.reading() as connection:
            rows: list[Row[Any]] = []
            stream = await connection.stream(_cards(span))
            async for chunk in stream.partitions(CHUNK):
                rows.extend(chunk)
                last = (rows[-1].client, rows[-1].card)
                whole = [row for row in rows if (row.client, row.card) != last]
                rows = [row for row in rows if (row.client, row.card) == last]
                for card in _told_all(whole):
                    yield card
            for card in _told_all(rows):
                yield card

    async def _all(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        async with self._database.reading() as connection:
            return (await connection.execute(query)).all()


def _of_calls(span: Span) -> list[ColumnElement[bool]]:
    own = [decisions.c.at >= span.since, decisions.c.at < span.until]
    return own if span.client is None else [*own, decisions.c.client == span.client]


def _views(span: Span) -> Select[Any]:
    """Return the query of views, one for each hook instance.

    A view has a card if any of its calls had one.
    """
    call = decisions.c
    card = select(1).where(_CARD.decision == call.id, _CARD.state == SHOWN).exists()
    view = (
        select(call.client, func.min(call.at).label("at"), func.max(case((card, 1), else_=0)).label("with_card"))
        .where(*_of_calls(span), call.status == ANSWERED)
        .group_by(call.client, call.hook_instance)
        .subquery()
    )
    monday, length = (literal_column(str(number), BigInteger) for number in (MONDAY_MS, WEEK_MS))
    dated = select(view.c.client, ((view.c.at - monday) // length).label("week"), view.c.with_card).subquery()
    counted = (func.count().label("views"), func.sum(dated.c.with_card).label("with_card"))
    return select(dated.c.client, dated.c.week, *counted).group_by(dated.c.client, dated.c.week)


def _cards(span: Span) -> Select[Any]:
    """Return the query of cards with feedback, grouped by view and topic."""
    own = [_CARD.at >= span.since, _CARD.at < span.until]
    if span.client is not None:
        own.append(_CARD.client == span.client)
    of = and_(_REPLY.client == _CARD.client, _REPLY.card == _CARD.card)
    answer = (_REPLY.outcome, _REPLY.at.label("answered"), _REPLY.reason, _REPLY.reason_system)
    return (
        select(_CARD.client, _CARD.card, _CARD.at, _CARD.level, _CARD.rules, _CARD.state, *answer)
        .outerjoin(feedback, of)
        .where(*own)
        .order_by(_CARD.client, _CARD.card, _CARD.at, _REPLY.at, _REPLY.outcome)
    )


def _told_all(rows: Sequence[Row[Any]]) -> Iterator[CardOutcome]:
    for _, of_card in groupby(rows, key=lambda row: (row.client, row.card)):
        yield _told(list(of_card))


def _told(rows: Sequence[Row[Any]]) -> CardOutcome:
    """Return one card as first shown, with each feedback item once."""
    first = next((row for row in rows if row.state == SHOWN), rows[0])
    found = {(row.outcome, row.answered): row for row in rows if row.outcome is not None}
    answers = [Answer(row.outcome, row.answered, row.reason, row.reason_system) for row in found.values()]
    rules = tuple(msgspec.json.decode(first.rules))
    return CardOutcome(first.client, first.at, first.level, rules, first.state, tuple(answers))


def _unread(text: str) -> tuple[Unread, ...]:
    """Return unread sources from a decision's JSON."""
    sources = msgspec.json.decode(text)
    unknown = [Unread(source, reason, is_partial=False) for source, reason in sources["unknown"]]
    return (*unknown, *(Unread(source, reason, is_partial=True) for source, reason in sources["partial"]))
