"""Quiet as a clinic has it: a card is shown, overridden by feedback, and stays away until there is something new.

It must not test how long: tests/cards/test_quiet.py does.
It tests cds_service/evaluation/suppression.py, evaluation/card_records.py and audit/call_record.py through the service.
"""

import base64
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from cds_service.audit import audit_log
from tests.builders import PATIENT, Resource, a_patient, call_of, condition
from tests.service.remembering import Remembering, a_reply_to, decisions_in, remembering

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()
WITH_HEADACHE = LUMP.with_(condition("R51.9", "2026-06-10"))
NOT_NOW = {"overrideReason": {"reason": {"code": "not-now", "system": "urn:recurrence-cds:override-reason"}}}
ASSESSMENT = "org.recurrence-cds.assessment"
_CALLS = count()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's answer is waited for, however busy the machine: what happens when it is late is another test's."""
    monkeypatch.setattr(audit_log, "OVERRIDES_BUDGET_S", 30.0)


async def shown(service: Remembering, chart: Any = LUMP, user: str = "Practitioner/anna") -> Resource:  # noqa: ANN401
    """The answer to a call; each call is another instance of the hook."""
    instance = str(uuid5(NAMESPACE_URL, f"{user}{next(_CALLS)}"))
    context = {"patientId": PATIENT, "userId": user}
    answer = await service.call(call_of(chart.prefetch(), context=context, hookInstance=instance))
    assert answer.status_code == 200, answer.text
    found: Resource = answer.json()
    return found


def topics(answer: Resource) -> list[str]:
    """The topics of an answer's cards."""
    return [card["source"]["topic"]["code"] for card in answer["cards"]]


async def test_a_card_that_was_overridden_stays_away_until_there_is_new_evidence(tmp_path: Path) -> None:
    """For a colleague too; the trace says until when and why; a second finding brings its own card alone."""
    async with remembering(tmp_path) as service:
        (card,) = (await shown(service))["cards"]
        assert (await service.reply(a_reply_to(card, **NOT_NOW))).status_code == 200

        again = await shown(service, user="Practitioner/bela")
        another = await shown(service, WITH_HEADACHE)

    assert topics(again) == []
    (site,) = (each for each in again["extension"][ASSESSMENT]["sites"] if each["site"] == "local")
    assert site["outcome"] == "card"
    assert site["quiet"] == {"until": "2026-06-22", "because": "not-now"}
    assert topics(another) == ["brain"]


async def test_what_was_held_back_is_remembered_beside_what_was_shown(tmp_path: Path) -> None:
    """With its level, its rules and the decision that held it back; nobody can override what nobody saw."""
    async with remembering(tmp_path) as service:
        (card,) = (await shown(service))["cards"]
        await service.reply(a_reply_to(card, **NOT_NOW))
        await shown(service, WITH_HEADACHE)

    rows = {row.quiet is None: row for row in await decisions_in(service.settings)}
    first, second = rows[True], rows[False]
    assert [each.state for each in first.cards] == ["shown"]
    states = {each.topic: each.state for each in second.cards}
    assert states == {"local": "quiet", "brain": "shown"}
    (held,) = (each for each in second.cards if each.state == "quiet")
    assert (held.level, held.rules, held.concerns) == (
        first.cards[0].level,
        first.cards[0].rules,
        first.cards[0].concerns,
    )


async def test_a_new_key_forgets_no_override(tmp_path: Path) -> None:
    """The former key stays in the file below the new one: what it sealed is known again."""
    old, new = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
    keys = tmp_path / "keys"
    keys.write_text(f"{old}\n", encoding="utf-8")
    keys.chmod(0o600)
    async with remembering(tmp_path, patient_key_file=keys) as service:
        (card,) = (await shown(service))["cards"]
        await service.reply(a_reply_to(card, **NOT_NOW))
    keys.write_text(f"{new}\n{old}\n", encoding="utf-8")

    async with remembering(tmp_path, patient_key_file=keys) as service:
        assert topics(await shown(service)) == []
    keys.write_text(f"{new}\n", encoding="utf-8")
    async with remembering(tmp_path, patient_key_file=keys) as service:
        assert topics(await shown(service)) == ["local"]


async def test_an_accepted_suggestion_makes_nothing_quiet(tmp_path: Path) -> None:
    """The work-up is under way; the chart says so once it is ordered."""
    async with remembering(tmp_path) as service:
        (card,) = (await shown(service))["cards"]
        accepted = [{"id": card["suggestions"][0]["uuid"]}]
        await service.reply(a_reply_to(card, outcome="accepted", acceptedSuggestions=accepted))

        assert topics(await shown(service)) == ["local"]


async def test_the_card_about_an_unread_chart_can_be_overridden_too(tmp_path: Path) -> None:
    """It comes back when something else is missing."""
    unread: dict[str, object] = {"patient": {"resourceType": "Patient", "id": PATIENT}}
    async with remembering(tmp_path, on_missing="card") as service:
        answer = (await service.call(call_of(unread))).json()
        (card,) = answer["cards"]
        await service.reply(a_reply_to(card, **NOT_NOW))
        again = (await service.call(call_of(unread))).json()
        worse = (await service.call(call_of({}))).json()

    assert again["cards"] == []
    assert again["extension"][ASSESSMENT]["incomplete"]["quiet"]["because"] == "not-now"
    assert topics(worse) == ["incomplete"]
