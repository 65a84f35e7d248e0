"""An archived call, answered again as of then: the same bytes, or what differs.

It must not test how values are compared: tests/replay/test_replay_differences.py does.
It tests cds_service/replay and cds_service/cli/replay.py.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from cds_service.audit.overrides import OVERRIDE_SYSTEM
from cds_service.config.settings import Settings
from tests.builders import INSTANCE, LEFT_OUT, PATIENT, a_patient, call_of, condition, topics, weight
from tests.replay.replaying import CANNOT, DIFFERENT, SAME, Archive, archived, ran
from tests.service.registered import Site
from tests.service.remembering import a_reply_to, decisions_in, remembering

pytestmark = pytest.mark.anyio

HISTORY = a_patient().with_history()
LUMP = HISTORY.with_lump()
CALL = call_of(LUMP.prefetch())
SEVERAL = LUMP.with_(condition("R06.02", "2026-06-10"), weight(75, "2025-12-01"), weight(64, "2026-06-10"))
ORDERS = """
[[dx_mammogram]]
system = "urn:oid:1.2.3"
code = "MG-1"
display = "Mammography, our way"
"""


@pytest.mark.parametrize(
    "body, settings",
    [
        (CALL, {}),
        (call_of(HISTORY.prefetch()), {}),
        (call_of(LUMP.prefetch(observations=LEFT_OUT, carePlans=LEFT_OUT)), {}),
        (call_of(LUMP.prefetch(conditions=LEFT_OUT)), {"on_missing": "card"}),
        (CALL, {"language": "de"}),
    ],
    ids=["card", "silent", "incomplete", "unknown-chart", "german"],
)
async def test_an_answer_is_the_same_byte_for_byte(tmp_path: Path, body: object, settings: dict[str, str]) -> None:
    """By what the decision says of it, whatever language or answer to a missing chart is set today."""
    archive = await archived(tmp_path, body, **settings)
    archive.settings = Settings(database=archive.settings.database)
    found = await archive.replay()

    assert (found.exit_code, found.stderr) == (SAME, "")
    assert "The same, byte for byte: " in found.stdout
    assert PATIENT not in found.stdout


async def _at_a_site(site: Site, folder: Path, profile: str = "generic") -> Archive:
    """The archive of a registered client's call, for a chart with several cards."""
    body = call_of(SEVERAL.prefetch())
    response = await site.post(body)
    settings = Settings(clients=site.registry, database=f"sqlite:///{folder}/store.sqlite3")
    (decision,) = await decisions_in(settings)
    assert decision.profile == profile
    return Archive(folder, settings, json.dumps(body).encode(), response.content, decision)


@pytest.mark.parametrize("profile", ["generic", "epic", "oracle-health"])
async def test_a_registered_client_gets_its_form_and_its_order_codes_again(tmp_path: Path, profile: str) -> None:
    """By the registry; cards are merged or not as the decision's profile says."""
    archive = await _at_a_site(Site(tmp_path, profile, ORDERS), tmp_path, profile)

    assert "MG-1" in (tmp_path / "answer.json").read_text()
    assert (await archive.found())["result"] == "same"


async def test_the_profile_and_the_language_are_those_of_then(tmp_path: Path) -> None:
    """The entry says another profile and language by now."""
    archive = await _at_a_site(Site(tmp_path, "epic", language="de"), tmp_path, "epic")
    Site(tmp_path, "generic")

    assert (await archive.found())["result"] == "same"


async def test_the_day_that_the_demo_wished_is_the_day(tmp_path: Path) -> None:
    """And the language, also where the demo is not on."""
    wishes = {"org.recurrence-cds.demo": {"asOf": "2026-07-20", "language": "de"}}
    archive = await archived(tmp_path, call_of(LUMP.prefetch(), extension=wishes), profile="demo")
    archive.settings = Settings(database=archive.settings.database)

    found = await archive.found()
    assert (found["result"], found["asOf"], archive.decision.language) == ("same", "2026-07-20", "de")


@pytest.mark.parametrize("entry", [{"shadow": True}, {"shadow_rules": ["LOC-1"]}], ids=["all", "rules"])
async def test_what_was_in_shadow_is_in_shadow_again(tmp_path: Path, entry: dict[str, Any]) -> None:
    """Also when the client is out of it by now."""
    archive = await _at_a_site(Site(tmp_path, **entry), tmp_path)
    Site(tmp_path)

    assert "local" not in topics(archive.answer)
    assert (await archive.found())["result"] == "same"


async def test_a_client_that_is_registered_no_more_is_said(tmp_path: Path) -> None:
    """Its order codes can't be had: the answer differs by them, and the reader is told why."""
    archive = await _at_a_site(Site(tmp_path, orders=ORDERS), tmp_path)
    archive.settings = Settings(database=archive.settings.database)
    found = await archive.replay("--answer", str(tmp_path / "answer.json"))

    assert found.exit_code == DIFFERENT
    assert "The client north is registered no more: its order codes" in found.stdout
    assert '"MG-1" then, nothing now' in found.stdout


async def test_a_card_that_was_quiet_is_quiet_again(tmp_path: Path) -> None:
    """Until the same day for the same reason, although overrides of today would say nothing of it."""
    second = call_of(LUMP.prefetch(), hookInstance=INSTANCE.replace("d", "e"))
    async with remembering(tmp_path) as service:
        (card,) = (await service.call(CALL)).json()["cards"]
        await service.reply(a_reply_to(card, overrideReason={"reason": {"code": "not-now", "system": OVERRIDE_SYSTEM}}))
        response = await service.call(second)
    decision = next(each for each in await decisions_in(service.settings) if each.quiet)
    archive = Archive(tmp_path, service.settings, json.dumps(second).encode(), response.content, decision)

    assert archive.answer["cards"] == []
    assert (await archive.found())["result"] == "same"


async def test_two_replays_say_the_same(tmp_path: Path) -> None:
    """And write nothing."""
    archive = await archived(tmp_path, CALL)
    first, second = await archive.replay(), await archive.replay()

    assert first.stdout == second.stdout
    assert len(await decisions_in(archive.settings)) == 1


async def test_with_the_archived_answer_every_word_is_compared(tmp_path: Path) -> None:
    """Cards that came, went or changed, line by line; orders; outcomes."""
    archive = await archived(tmp_path, CALL)
    sent = archive.answer
    card = sent["cards"][0]
    card["summary"] = "A lump"
    card["detail"] = card["detail"].replace("**Why**", "**Because**").replace("\n\n", "\n\nAn old line.\n\n", 1)
    card["suggestions"][0]["label"] = "An old order"
    other = await archive.kept_otherwise(sent)
    text = await archive.replay("--answer", str(tmp_path / "answer.json"), decision=other)

    lines = text.stdout.splitlines()
    assert (text.exit_code, lines[1]) == (DIFFERENT, "Different: today's code gives another answer.")
    assert any(line.startswith('  cards/local/summary: "A lump" then, "New lump in the left breast') for line in lines)
    assert '  cards/local/detail: "An old line." then, nothing now' in lines
    assert any("cards/local/suggestions/An old order/label: " in line for line in lines)


async def test_without_the_answer_what_the_decision_keeps_is_compared(tmp_path: Path) -> None:
    """Outcomes by site and rule with their versions, levels and orders of cards."""
    archive = await archived(tmp_path, CALL)
    (card,) = archive.decision.cards
    outcomes = str(archive.decision.outcomes).replace("LOC-1@1.0.1", "LOC-1@0.9.0")
    changed = {"cards": (type(card)(card.card, "local", "critical", card.rules, ()),), "outcomes": outcomes}
    other = await archive.kept_otherwise({"cards": []}, **changed)
    found = await archive.found(decision=other)

    places = {each["where"]: (each["then"], each["now"]) for each in found["differences"]}
    assert (found["exit"], found["result"]) == (DIFFERENT, "differs")
    assert places["cards/local/level"] == ("critical", "warning")
    assert places["sites/local/rules/LOC-1@0.9.0"] == ("fired", None)
    assert places["sites/local/rules/LOC-1@1.0.1"] == (None, "fired")


async def test_where_nothing_that_is_kept_differs_the_words_do(tmp_path: Path) -> None:
    """That is said, and how to see them; with the answer, that nothing but its spelling differs."""
    archive = await archived(tmp_path, CALL)
    other = await archive.kept_otherwise(archive.answer)
    without = await archive.replay(decision=other)
    having = await archive.replay("--answer", str(tmp_path / "answer.json"), decision=other)

    assert (without.exit_code, "--answer shows where" in without.stdout) == (DIFFERENT, True)
    assert (having.exit_code, "the order or the spelling of the JSON differs" in having.stdout) == (DIFFERENT, True)


@pytest.mark.parametrize(
    "body, code",
    [
        (call_of(LUMP.prefetch(conditions=LEFT_OUT)), "missing-data"),
        (call_of(LUMP.prefetch(), hook="order-sign"), "wrong-hook"),
        (call_of(HISTORY.with_(condition("N63.21", subject={"reference": "Patient/p2"})).prefetch()), "wrong-patient"),
        (b"[", "invalid-request"),
    ],
    ids=["missing", "hook", "patient", "no-call"],
)
async def test_an_error_is_the_same_error(tmp_path: Path, body: object, code: str) -> None:
    """By its code: each error has an id of its own."""
    archive = await archived(tmp_path, body)
    same = await archive.replay()
    other = await archive.kept_otherwise(status=503, code="store")
    then = await archive.found(decision=other)

    assert archive.decision.code == code
    assert (same.exit_code, "The same error." in same.stdout) == (SAME, True)
    assert {"where": "code", "then": "store", "now": code} in then["differences"]


async def test_a_call_that_failed_by_itself_is_answered_now(tmp_path: Path) -> None:
    """A store that was down is none of the request's doing: the replay shows what the answer would have been."""
    archive = await archived(tmp_path, CALL)
    other = await archive.kept_otherwise(status=503, code="store", outcomes=None, cards=())
    found = await archive.found(decision=other)

    assert {"where": "status", "then": 503, "now": 200} in found["differences"]
    assert {"where": "cards/local/level", "then": None, "now": "warning"} in found["differences"]


async def test_what_can_not_be_replayed_is_said_in_a_sentence(tmp_path: Path) -> None:
    """Another request, another answer, a decision that is not kept, files that can't be read: exit code 2."""
    archive = await archived(tmp_path, CALL)
    decision = archive.decision.id
    odd = {
        "kept. Has it been erased": (str(tmp_path / "request.json"), "--decision", "gone"),
        "This is another request": (archive.file("other.json", call_of(HISTORY.prefetch())), "--decision", decision),
        "nothing.json can't be read": (str(tmp_path / "nothing.json"), "--decision", decision),
    }
    for sentence, arguments in odd.items():
        found = await ran(archive.settings, "replay", *arguments)
        assert (found.exit_code, found.stdout) == (CANNOT, "")
        assert sentence in found.stderr
    answer = await archive.replay("--answer", archive.file("odd.json", {"cards": []}))
    assert (answer.exit_code, "This is another answer" in answer.stderr) == (CANNOT, True)


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"request_digest": None, "status": 401, "code": "unauthorized"}, "refused before its body was read"),
        ({"answer_digest": None, "status": 499}, "ended without an answer (status 499)"),
        ({"profile": "gone"}, "knows no profile gone"),
        ({"language": "xx"}, "no cards in xx"),
    ],
    ids=["unread", "cut-off", "profile", "language"],
)
async def test_a_decision_that_nothing_can_be_made_of_is_said(
    tmp_path: Path, changed: dict[str, object], sentence: str
) -> None:
    """Rather than answered as something else."""
    archive = await archived(tmp_path, CALL)
    found = await archive.replay(decision=await archive.kept_otherwise(**changed))

    assert (found.exit_code, found.stdout) == (CANNOT, "")
    assert sentence in found.stderr


async def test_a_store_that_is_down_is_no_difference(tmp_path: Path) -> None:
    """Exit code 2, not 1."""
    archive = await archived(tmp_path, CALL)
    (tmp_path / "broken.sqlite3").write_bytes(b"not a database, but long enough to look like a file of one" * 20)
    archive.settings = Settings(database=f"sqlite:///{tmp_path}/broken.sqlite3")
    found = await archive.replay()

    assert (found.exit_code, "The store can't be used" in found.stderr) == (CANNOT, True)


async def test_help_says_that_the_output_is_of_the_patient(tmp_path: Path) -> None:
    """Whoever redirects it must know."""
    text = (await ran(Settings(database=f"sqlite:///{tmp_path}/store.sqlite3"), "replay", "--help")).stdout
    assert "keep the output like the record" in " ".join(text.split())
