"""What a report is made from, on every kind of database: views, cards with their feedback, what was not read.

It must not test a figure: tests/insights does.
It tests cds_service/store/insights_rows.py.
"""

import csv
import io
import json

import pytest

from cds_service.audit.decision import Decision, RecordingGap
from cds_service.audit.feedback_item import to_epoch_ms
from cds_service.audit.overrides import OVERRIDE_SYSTEM
from cds_service.config.settings import Settings
from cds_service.errors import StoreUnavailable
from cds_service.insights.csv_text import csv_text
from cds_service.insights.queries import Answer, CallCount, CardOutcome, ChartCount, Span, Unread, ViewCount
from cds_service.insights.report import report_of
from cds_service.insights.tally import week_of
from cds_service.store import insights_rows
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from cds_service.store.feedback_rows import FeedbackRows
from cds_service.store.insights_rows import InsightsRows
from tests.insights.clinic import MADE, Clinic, overridden_is_quiet, write
from tests.insights.counting import counted
from tests.store.rows import CARD, T0, a_card, a_decision, a_reply, uuid_of

pytestmark = pytest.mark.anyio
EVER = Span(0, T0 * 2)
VIEW, OTHER_VIEW = uuid_of(901), uuid_of(902)


async def _cards(database: Database, span: Span = EVER) -> list[CardOutcome]:
    return [card async for card in InsightsRows(database).cards(span)]


async def _written(database: Database, *decisions: Decision) -> InsightsRows:
    await DecisionRows(database).write(decisions)
    return InsightsRows(database)


async def test_a_clinic_is_counted_alike_on_every_database(database: Database) -> None:
    """A small one, view by view against its stories."""
    stories = list(Clinic(overridden_is_quiet, views=1500).stories())
    await write(stories, database)

    report = await report_of(InsightsRows(database), Span(0, to_epoch_ms(MADE)), to_epoch_ms(MADE))

    lines = {
        (row["table"], row["row"], row["figure"]): row["value"] for row in csv.DictReader(io.StringIO(csv_text(report)))
    }
    figures = {key: str(number) for key, number in counted(stories).figures.items() if number}
    assert len(figures) > 100
    assert {key: lines.get(key) for key in figures} == figures


async def test_calls_with_one_hook_instance_are_one_view(database: Database) -> None:
    """Of the first call's week; it has a card if any of them had one. A refused call is no view."""
    rows = await _written(
        database,
        a_decision(1, hook_instance=VIEW),
        a_decision(2, a_card(), hook_instance=VIEW),
        a_decision(3, hook_instance=OTHER_VIEW),
        a_decision(4, a_card(uuid_of(77), state="quiet"), hook_instance=OTHER_VIEW),
        a_decision(5, client="south", hook_instance=VIEW),
        a_decision(6, status=412, code="missing-data", hook_instance=uuid_of(903)),
        a_decision(7, status=401, code="unauthorized", client=None, patient_hash=None),
    )

    assert set(await rows.views(EVER)) == {
        ViewCount("north", week_of(T0), views=2, with_card=1),
        ViewCount("south", week_of(T0), views=1, with_card=0),
    }
    assert set(await rows.calls(EVER)) == {
        CallCount(200, None, 5),
        CallCount(401, "unauthorized", 1),
        CallCount(412, "missing-data", 1),
    }


async def test_a_week_begins_on_monday_in_utc(database: Database) -> None:
    """The last millisecond of a Sunday belongs to the week before."""
    monday = 1_769_990_400_000  # 2026-02-02
    rows = await _written(
        database, a_decision(1, at=monday - 1, hook_instance=VIEW), a_decision(2, at=monday, hook_instance=OTHER_VIEW)
    )

    weeks = {count.week: count.views for count in await rows.views(EVER)}
    assert weeks == {week_of(monday): 1, week_of(monday) - 1: 1}


async def test_a_card_comes_once_as_it_was_first_shown_with_all_feedback_on_it(database: Database) -> None:
    """However often the view was called for, and whatever it was before it was shown."""
    await DecisionRows(database).write(
        [
            a_decision(1, a_card(state="quiet", level="info")),
            a_decision(2, a_card()),
            a_decision(3, a_card(level="critical")),
            a_decision(4, a_card(uuid_of(55), state="shadow", rules=())),
        ]
    )
    later = a_reply(at=T0 + 5000, reason="not-now", reason_system=OVERRIDE_SYSTEM)
    assert await FeedbackRows(database).add([later, a_reply()]) == ()

    answers = (Answer("overridden", T0 + 1000, None, None), Answer("overridden", T0 + 5000, "not-now", OVERRIDE_SYSTEM))
    assert set(await _cards(database)) == {
        CardOutcome("north", T0 + 2, "warning", ("BRAIN-1@1.0.0",), "shown", answers),
        CardOutcome("north", T0 + 4, "warning", (), "shadow", ()),
    }


@pytest.mark.parametrize("chunk", [1, 2, 3])
async def test_cards_are_the_same_in_chunks_of_any_size(
    database: Database, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """A card whose rows lie in two chunks is not split."""
    await DecisionRows(database).write([a_decision(n, a_card(), a_card(uuid_of(90 + n))) for n in range(1, 6)])
    await FeedbackRows(database).add([a_reply(), a_reply(at=T0 + 2)])
    whole = await _cards(database)
    monkeypatch.setattr(insights_rows, "CHUNK", chunk)

    assert len(whole) == 6
    assert await _cards(database) == whole


async def test_a_span_has_its_first_moment_and_not_its_last(database: Database) -> None:
    """Of calls, views, charts, cards and losses."""
    sources = json.dumps({"fetched": 0, "unknown": [], "partial": []})
    rows = await _written(
        database,
        *(a_decision(n, a_card(uuid_of(50 + n)), hook_instance=uuid_of(n), sources=sources) for n in range(1, 5)),
    )
    for n in range(1, 5):
        await DecisionRows(database).note_gap(RecordingGap(uuid_of(n), T0 + n, T0 + n, 10**n))
    span = Span(T0 + 2, T0 + 4)

    assert [call.calls for call in await rows.calls(span)] == [2]
    assert [count.views for count in await rows.views(span)] == [2]
    assert [chart.calls for chart in await rows.charts(span)] == [2]
    assert {card.at - T0 for card in await _cards(database, span)} == {2, 3}
    assert await rows.lost(span) == 1100
    assert await rows.lost(Span(0, 1)) == 0


async def test_a_client_has_its_own_figures(database: Database) -> None:
    """The same card id of another client is another card."""
    rows = await _written(
        database,
        a_decision(1, a_card(), hook_instance=VIEW),
        a_decision(2, a_card(), client="south", hook_instance=VIEW),
    )
    await FeedbackRows(database).add([a_reply(client="south")])
    north, south = (Span(0, T0 * 2, client) for client in ("north", "south"))

    assert [(card.client, len(card.answers)) for card in await _cards(database, north)] == [("north", 0)]
    assert [(card.client, len(card.answers)) for card in await _cards(database, south)] == [("south", 1)]
    assert [call.calls for call in await rows.calls(south)] == [1]
    assert [count.client for count in await rows.views(north)] == ["north"]


async def test_what_was_not_read_is_counted_for_each_chart(database: Database) -> None:
    """Unknown and partial sources with their reasons; a call that read no chart is none."""
    sources = {"fetched": 3, "unknown": [["Observation", "late"]], "partial": [["Procedure", "page-limit"]]}
    rows = await _written(
        database,
        a_decision(1, sources=json.dumps(sources)),
        a_decision(2, sources=json.dumps(sources)),
        a_decision(3, sources=json.dumps({"fetched": 3, "unknown": [], "partial": []})),
        a_decision(4),
    )

    unread = (Unread("Observation", "late", is_partial=False), Unread("Procedure", "page-limit", is_partial=True))
    assert set(await rows.charts(EVER)) == {ChartCount(unread, 2), ChartCount((), 1)}


async def test_nothing_is_nothing(database: Database) -> None:
    """An empty store gives an empty report."""
    report = await report_of(InsightsRows(database), EVER, T0)

    assert (report.calls, report.whole.views, report.whole.tally.shown, report.lost) == (0, 0, 0, 0)
    assert report.delays.median is None


async def test_a_report_that_takes_too_long_is_given_up(store_url: str) -> None:
    """The page must not wait for a database that is busy with other things."""
    database = Database(Settings(database=store_url).database_url(), longest_s=0.000001)

    with pytest.raises(StoreUnavailable):
        await report_of(InsightsRows(database), EVER, T0)
    await database.close()


async def test_feedback_on_a_card_is_read_by_its_id(database: Database) -> None:
    """And not by the decision that it was joined to: the card may have been shown again later."""
    await DecisionRows(database).write([a_decision(1, a_card())])
    await FeedbackRows(database).add([a_reply()])
    await DecisionRows(database).write([a_decision(2, a_card(CARD))])

    (card,) = await _cards(database)
    assert len(card.answers) == 1
