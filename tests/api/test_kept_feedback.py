"""Feedback that is kept: joined to its card, once, without anybody's words; and what is not known kept apart.

It must not test what a body may look like: tests/api/test_feedback.py does.
It tests cds_service/api/feedback.py and cds_service/audit/audit_log.py.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cds_service.api.feedback import SITE_CATEGORY, SITE_SYSTEM
from cds_service.audit import audit_log
from cds_service.audit.overrides import OVERRIDE_SYSTEM
from cds_service.store.tables import feedback, stray_feedback
from tests.builders import Resource, a_patient, call_of
from tests.service.remembering import Remembering, a_reply_to, decisions_in, remembering, rows_in

pytestmark = pytest.mark.anyio

LUMP = a_patient().with_history().with_lump()


async def _card(service: Remembering) -> Resource:
    (card,) = (await service.call(call_of(LUMP.prefetch()))).json()["cards"]
    found: Resource = card
    return found


async def test_feedback_is_joined_to_its_card_also_at_once(tmp_path: Path) -> None:
    """The decision may still wait to be written when the feedback comes."""
    async with remembering(tmp_path) as service:
        card = await _card(service)
        answer = await service.reply(a_reply_to(card), a_reply_to(card))
        again = await service.reply(a_reply_to(card))

    assert [(each.status_code, each.json()) for each in (answer, again)] == [(200, {})] * 2
    (row,) = await rows_in(service.settings, feedback)
    (decision,) = await decisions_in(service.settings)
    assert (row["decision"], row["card"], row["outcome"]) == (decision.id, card["uuid"], "overridden")
    assert await rows_in(service.settings, stray_feedback) == []


@pytest.mark.parametrize(
    "element,kept",
    [
        ({}, (None, None, 0)),
        (
            {"overrideReason": {"reason": {"code": "not-now", "system": OVERRIDE_SYSTEM}}},
            ("not-now", OVERRIDE_SYSTEM, 0),
        ),
        (
            {"overrideReasons": {"reason": {"code": "not-now", "system": OVERRIDE_SYSTEM}}},
            ("not-now", OVERRIDE_SYSTEM, 0),
        ),
        ({"overrideReason": {"reason": {"code": "John", "system": OVERRIDE_SYSTEM}}}, ("other", None, 0)),
        ({"overrideReason": {"reason": {"code": "John Doe", "system": SITE_SYSTEM}}}, ("other", None, 0)),
        ({"overrideReason": {"userComment": "John"}}, ("other", None, 1)),
        ({"overrideReasons": {"extension": {SITE_CATEGORY: "45"}}}, ("45", SITE_SYSTEM, 0)),
    ],
    ids=("none", "ours", "other-spelling", "not-ours", "not-a-site-code", "comment", "site"),
)
async def test_of_a_reason_its_code_is_kept(element: Resource, kept: tuple[Any, ...], tmp_path: Path) -> None:
    """In every dialect, if it is one of the card's or of the form of a site's; of a comment that there was one."""
    async with remembering(tmp_path) as service:
        await service.reply(a_reply_to(await _card(service), **element))

    (row,) = await rows_in(service.settings, feedback)
    assert (row["reason"], row["reason_system"], row["commented"]) == kept


async def test_an_accepted_suggestion_is_kept_if_the_card_had_it(tmp_path: Path) -> None:
    """In whatever case the client spells uuids."""
    async with remembering(tmp_path) as service:
        card = await _card(service)
        first = card["suggestions"][0]["uuid"]
        taken = [{"id": first.upper()}, {"id": card["uuid"]}, {"id": "John Doe"}]
        await service.reply(
            a_reply_to(card | {"uuid": card["uuid"].upper()}, outcome="accepted", acceptedSuggestions=taken)
        )

    (row,) = await rows_in(service.settings, feedback)
    assert (row["card"], json.loads(row["accepted"])) == (card["uuid"], [first])


async def test_feedback_on_a_card_that_is_not_known_is_taken_and_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A uuid as it is, of anything else a digest: it may be a name."""
    monkeypatch.setattr(audit_log, "LATE_CARD_WAIT_S", 0.01)
    uuid = "00000000-0000-4000-8000-000000000001"
    async with remembering(tmp_path) as service:
        answer = await service.reply(a_reply_to({"uuid": uuid}), a_reply_to({"uuid": "John.Doe"}))

    assert (answer.status_code, answer.json()) == (200, {})
    assert await rows_in(service.settings, feedback) == []
    cards = sorted(row["card"] for row in await rows_in(service.settings, stray_feedback))
    assert cards[0] == uuid
    assert cards[1].startswith("sha256:")


async def test_a_time_to_come_is_the_time_when_it_came(tmp_path: Path) -> None:
    """A clock that is ahead must not make a card quiet for longer."""
    async with remembering(tmp_path) as service:
        await service.reply(a_reply_to(await _card(service), outcomeTimestamp="2036-01-01T00:00:00Z"))

    (row,) = await rows_in(service.settings, feedback)
    assert row["at"] == row["received"] == 1_781_524_800_000


async def test_feedback_that_can_not_be_kept_is_not_said_to_be(tmp_path: Path) -> None:
    """503, so that it is sent again."""
    async with remembering(tmp_path) as service:
        card = await _card(service)
        lock = sqlite3.connect(f"{tmp_path}/store.sqlite3", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        refused = await service.reply(a_reply_to(card))
        lock.execute("ROLLBACK")
        lock.close()
        taken = await service.reply(a_reply_to(card))

    assert (refused.status_code, taken.status_code) == (503, 200)
    assert len(await rows_in(service.settings, feedback)) == 1
