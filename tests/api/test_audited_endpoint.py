"""Each call leaves one row: answered, refused or failed; with hashes in place of patients, and no text of anybody.

It must not test the database: tests/store does.
It tests cds_service/api/audited_endpoint.py, cds_service/audit/call_record.py and what patient_view notes.
"""

import json
import sqlite3
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
import respx

from cds_service.audit.pseudonym_keys import read_pseudonyms
from rules.registry import RULESET
from tests.builders import FHIR, LEFT_OUT, PATIENT, a_patient, call_of, condition, trace
from tests.service.kept_overrides import raised
from tests.service.registered_service import bearer, registered
from tests.service.registered_service import serving as serving_registered
from tests.service.remembering import decisions_in, remembering
from tests.service.small_service import CALL, PATH

pytestmark = pytest.mark.anyio

LUMP = a_patient().with_history().with_lump()


def _bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_an_answered_call_is_a_row_with_all_that_led_to_the_answer(tmp_path: Path) -> None:
    """When, who, about whom, by which rules, how complete, what was shown, and digests of both bodies."""
    body = json.dumps(call_of(LUMP.prefetch(observations=LEFT_OUT))).encode()
    async with remembering(tmp_path) as service:
        answer = await service.call(body)

    (row,) = await decisions_in(service.settings)
    names = read_pseudonyms(tmp_path / "store.sqlite3.patient-key")
    assert (row.client, row.hook, row.status, row.code) == ("anonymous", "patient-view", 200, None)
    assert row.patient_hash == names.patient("anonymous", PATIENT)[0]
    assert row.user_hash == names.user("anonymous", "Practitioner/1")[0]
    assert row.key_id == names.key_id
    assert (row.as_of, row.ruleset, row.profile) == ("2026-06-15", RULESET, "generic")
    assert row.state == trace(answer.json())["state"]
    assert row.at == 1_781_524_800_000
    assert row.duration_ms > 0
    assert json.loads(row.sources or "") == {
        "fetched": 0,
        "unknown": [["Observation", "not-fetched"]],
        "partial": [],
    }
    sites = {
        each["site"]: {
            "outcome": each["outcome"],
            "rules": {f"{rule['id']}@{rule['version']}": rule["outcome"] for rule in each["rules"]},
        }
        for each in trace(answer.json())["sites"]
    }
    assert json.loads(row.outcomes or "") == sites
    assert row.request_digest == sha256(body).hexdigest()
    assert row.answer_digest == sha256(answer.content).hexdigest()


async def test_the_cards_of_an_answer_are_kept_with_what_they_rest_on(tmp_path: Path) -> None:
    """By the uuids that feedback names; evidence by fingerprints."""
    async with remembering(tmp_path) as service:
        answer = (await service.call(call_of(LUMP.prefetch()))).json()

    (row,) = await decisions_in(service.settings)
    names = read_pseudonyms(tmp_path / "store.sqlite3.patient-key")
    (shown,), (card,) = answer["cards"], row.cards
    assert (card.card, card.topic, card.level, card.state) == (shown["uuid"], "local", shown["indicator"], "shown")
    traced = trace(shown)
    assert card.rules == tuple(f"{rule['id']}@{rule['version']}" for rule in traced["rules"])
    ((topic, level, evidence),) = ((each.topic, each.level, each.evidence) for each in card.concerns)
    assert (topic, level) == (card.topic, card.level)
    assert evidence == tuple(
        sorted(names.evidence("anonymous", text)[0] for each in raised(LUMP) for text in each.evidence)
    )
    assert [each.uuid for each in card.suggestions] == [each["uuid"] for each in shown["suggestions"]]
    assert all(each.key for each in card.suggestions)


@pytest.mark.parametrize(
    "body,status,code,knows_patient",
    [
        (b"{", 400, "not-json", False),
        (json.dumps(call_of(None, hook="order-select")).encode(), 400, "wrong-hook", False),
        (json.dumps(call_of(LUMP.prefetch(conditions=LEFT_OUT))).encode(), 412, "missing-data", True),
        (
            json.dumps(call_of(LUMP.prefetch(patient={"resourceType": "Patient", "id": "another"}))).encode(),
            412,
            "wrong-patient",
            True,
        ),
        (b"x" * 2000, 413, "body-too-large", False),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_failed_call_is_a_row_with_what_was_known(
    body: bytes, status: int, code: str, tmp_path: Path, *, knows_patient: bool
) -> None:
    """Its code, and the id that was answered; it shows no card."""
    limit = {"max_body_bytes": 1024} if status == 413 else {}
    async with remembering(tmp_path, **limit) as service:
        answer = await service.call(body)

    (row,) = await decisions_in(service.settings)
    assert (answer.status_code, row.status, row.code) == (status, status, code)
    assert row.error_id == answer.json()["id"]
    assert (row.patient_hash is not None) is knows_patient
    assert (row.request_digest is not None) is (status != 413)
    assert row.cards == ()


async def test_a_call_that_is_not_let_in_is_a_row_with_the_reason(tmp_path: Path) -> None:
    """Which the caller is not told."""
    settings = registered(tmp_path)
    async with serving_registered(settings) as client:
        await client.post(PATH, json=CALL, headers=bearer())
        await client.post(PATH, json=CALL, headers=bearer())
        await client.post(PATH, json=CALL)

    found = [(row.status, row.code, row.client, row.reason) for row in await decisions_in(settings)]
    assert sorted(found, key=str) == sorted(
        [
            (200, None, "north", None),
            (401, "unauthorized", None, "replayed"),
            (401, "unauthorized", None, "no-token"),
        ],
        key=str,
    )


async def test_a_chart_that_was_fetched_says_so(tmp_path: Path) -> None:
    """How many sources were asked, and which ended as unknown."""
    with respx.mock() as server:
        server.route(url__startswith=FHIR).mock(return_value=httpx.Response(503))
        async with remembering(tmp_path) as service:
            await service.call(call_of(LUMP.prefetch(observations=LEFT_OUT), fhirServer=FHIR))

    (row,) = await decisions_in(service.settings)
    assert json.loads(row.sources or "")["fetched"] == 1
    assert [source for source, _ in json.loads(row.sources or "")["unknown"]] == ["Observation"]


async def test_nothing_of_the_patient_is_in_the_store(tmp_path: Path) -> None:
    """Neither ids, nor names, nor text, nor the token: every byte of the files is read."""
    canaries = ["CANARYNAME", "CANARYTEXT", "CANARYUSER", "CANARYTOKEN", "CANARYID", "CANARYCOMMENT", "CANARYREASON"]
    chart = a_patient(name=[{"family": "CANARYNAME"}]).with_history()
    chart = chart.with_(condition("N63.21", id="CANARYID", note=[{"text": "CANARYTEXT"}]))
    context = {"userId": "Practitioner/CANARYUSER", "patientId": PATIENT}
    token = {"access_token": "CANARYTOKEN", "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": "x"}
    async with remembering(tmp_path) as service:
        answer = await service.call(call_of(chart.prefetch(), context=context, fhirAuthorization=token))
        (card,) = answer.json()["cards"]
        reason = {"reason": {"code": "CANARYREASON", "system": "CANARYREASON"}, "userComment": "CANARYCOMMENT"}
        item = {"outcome": "overridden", "outcomeTimestamp": "2026-06-15T11:00:00Z", "overrideReason": reason}
        for name in (card["uuid"], "CANARYID"):
            await service.reply({"card": name, **item})
        accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": "CANARYID"}]}
        await service.reply({"card": card["uuid"], **item, **accepted})

    stored = _bytes_in(tmp_path)
    assert card["uuid"].encode() in stored
    assert [word for word in (*canaries, PATIENT) if word.encode() in stored] == []


async def test_every_answered_call_is_in_the_store_after_a_normal_stop(tmp_path: Path) -> None:
    """However shortly before it was answered."""
    async with remembering(tmp_path) as service:
        for _ in range(50):
            await service.call(call_of(a_patient().prefetch()))

    assert len(await decisions_in(service.settings)) == 50


async def test_without_a_database_or_clients_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that was just tried out leaves no file behind."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with remembering(tmp_path, database=None) as service:
        answer = await service.call(call_of(LUMP.prefetch()))
        ready = await service.ready()

    assert answer.status_code == 200
    assert "store" not in ready.json()
    assert _bytes_in(tmp_path) == b""


async def test_the_answer_is_the_same_with_and_without_a_store(tmp_path: Path) -> None:
    """Remembering changes no byte."""
    answers = []
    for database in (None, f"sqlite:///{tmp_path}/store.sqlite3"):
        async with remembering(tmp_path, database=database) as service:
            answers += [await service.call(call_of(chart.prefetch())) for chart in (LUMP, a_patient())]
            answers.append(await service.call(b"["))

    assert [answer.status_code for answer in answers] == [200, 200, 400] * 2
    assert [answer.content for answer in answers[:2]] == [answer.content for answer in answers[3:5]]
    assert [sorted(answer.headers) for answer in answers[:3]] == [sorted(answer.headers) for answer in answers[3:]]


async def test_where_it_refuses_no_answer_leaves_before_its_row(tmp_path: Path) -> None:
    """And while no row can be written there is none: 503, which becomes a row when that is possible again."""
    async with remembering(tmp_path, on_store_failure="refuse") as service:
        await service.call(call_of(LUMP.prefetch()))
        assert len(await decisions_in(service.settings)) == 1

        lock = sqlite3.connect(f"{tmp_path}/store.sqlite3", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        refused = await service.call(call_of(LUMP.prefetch()))
        unready = await service.ready()
        lock.execute("ROLLBACK")
        lock.close()
        again = await service.call(call_of(LUMP.prefetch()))

    assert (refused.status_code, refused.json()["issue"][0]["details"]["coding"][0]["code"]) == (503, "store")
    assert refused.headers["retry-after"] == "1"
    assert unready.status_code == 503
    assert again.status_code == 200
    rows = await decisions_in(service.settings)
    assert sorted((row.status, len(row.cards)) for row in rows) == [(200, 1), (200, 1), (503, 0)]
