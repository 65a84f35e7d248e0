"""Two workers on one database, as `serve` starts them: they share what they remember, and a killed one loses little.

It must not test what is remembered of a single call.
It tests cds_service/store and cds_service/audit in processes of their own.
"""

import json
import os
import signal
import sqlite3
import threading
import time
from http.client import HTTPException
from pathlib import Path
from uuid import UUID

import pytest

from cds_service.audit.pseudonym_keys import read_pseudonyms
from cds_service.clock import SystemClock
from cds_service.config.settings import Settings
from cds_service.store.database import Database
from cds_service.store.feedback_rows import FeedbackRows
from cds_service.store.tables import feedback, stray_feedback
from tests.builders import PATIENT, URL, a_patient, call_of, condition
from tests.service.remembering import a_reply_to, decisions_in, rows_in
from tests.store.serving import Serving, serve
from tests.tokens import AUDIENCE, a_registry, a_token, claims_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TODAY = SystemClock().today().isoformat()
LUMP = a_patient().with_history().with_(condition("N63.21", TODAY))
WRITTEN_WITHIN_S = 2.0
"""A decision is written at most so long after its answer, also on a machine that is busy with tests."""


@pytest.fixture
def environment(store_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of a service on that database."""
    key = tmp_path / "keys"
    key.write_text("cd" * 32, encoding="ascii")
    return {"RECURRENCE_CDS_DATABASE": store_url, "RECURRENCE_CDS_PATIENT_KEY_FILE": str(key)}


def _settings(environment: dict[str, str]) -> Settings:
    return Settings(database=environment["RECURRENCE_CDS_DATABASE"])


def _bearer(jti: str, path: str = URL) -> dict[str, str]:
    now = int(SystemClock().now().timestamp())
    token = a_token(claims_of(aud=f"{AUDIENCE}{path}", iat=now, exp=now + 300, jti=jti))
    return {"authorization": f"Bearer {token}"}


async def test_two_workers_and_a_restart_share_tokens_overrides_and_feedback(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """Each token once whichever worker takes it, feedback beside the card of the other worker, all of it later too."""
    environment |= {"RECURRENCE_CDS_PROFILE": "production", "RECURRENCE_CDS_CLIENTS": str(a_registry(tmp_path))}
    reused = _bearer("reused")
    with serve(environment) as service:
        first = [service.ask("POST", URL, call_of(LUMP.prefetch()), reused).status for _ in range(10)]
        cards = []
        for number in range(6):
            call = call_of(LUMP.prefetch(), hookInstance=str(UUID(int=number)))
            answer = service.ask("POST", URL, call, _bearer(f"call-{number}"))
            (card,) = json.loads(answer.body)["cards"]
            cards.append(card)
            for attempt in range(2):
                token = _bearer(f"feedback-{number}-{attempt}", f"{URL}/feedback")
                assert service.ask("POST", f"{URL}/feedback", {"feedback": [a_reply_to(card)]}, token).status == 200
    with serve(environment) as service:
        again = [service.ask("POST", URL, call_of(LUMP.prefetch()), reused).status for _ in range(5)]
        token = _bearer("late", f"{URL}/feedback")
        assert service.ask("POST", f"{URL}/feedback", {"feedback": [a_reply_to(cards[0])]}, token).status == 200

    assert (sorted(first), again) == ([200, *[401] * 9], [401] * 5)
    settings = _settings(environment)
    assert sorted(row["card"] for row in await rows_in(settings, feedback)) == sorted(card["uuid"] for card in cards)
    assert await rows_in(settings, stray_feedback) == []
    database = Database(settings.database_url())
    patient = read_pseudonyms(tmp_path / "keys").patient("north", PATIENT)
    assert len(await FeedbackRows(database).overrides("north", patient)) == 6
    await database.close()


async def test_a_worker_that_is_killed_under_load_loses_at_most_what_was_in_flight(environment: dict[str, str]) -> None:
    """What was committed stays, the database is whole, the other worker serves, and a new one joins it."""
    settings = _settings(environment)
    with serve(environment) as service:
        load = _Load(service)
        load.run_for(4)
        (victim, survivor), committed = service.workers(), {row.id for row in await decisions_in(settings)}
        os.kill(victim, signal.SIGKILL)
        killed = time.monotonic()
        load.run_for(4)
        load.end()
        assert survivor in service.workers()
        assert service.ask("GET", "/health/ready").status == 200

    rows = await decisions_in(settings)
    kept = {row.hook_instance for row in rows}
    missing = {instance: at for instance, at in load.answered.items() if instance not in kept}
    assert committed
    assert committed <= {row.id for row in rows}
    assert all(abs(killed - at) < WRITTEN_WITHIN_S for at in missing.values()), (killed, missing)
    assert all(len(row.cards) == 1 for row in rows)
    assert len([at for at in load.answered.values() if at > killed]) > 0
    if environment["RECURRENCE_CDS_DATABASE"].startswith("sqlite"):
        with sqlite3.connect(settings.database_url().partition(":///")[2]) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()


class _Load:
    """Four callers that call as fast as they are answered, and remember when each call was."""

    def __init__(self, service: Serving) -> None:
        self.answered: dict[str, float] = {}
        self._service = service
        self._is_ending = threading.Event()
        self._callers = [threading.Thread(target=self._call, args=(number,)) for number in range(4)]
        for caller in self._callers:
            caller.start()

    def run_for(self, seconds: float) -> None:
        """Let them call for a while."""
        time.sleep(seconds)

    def end(self) -> None:
        """Let them stop."""
        self._is_ending.set()
        for caller in self._callers:
            caller.join()

    def _call(self, caller: int) -> None:
        number = 0
        while not self._is_ending.is_set():
            number += 1
            instance = str(UUID(int=caller * 10**9 + number))
            try:
                answer = self._service.ask("POST", URL, call_of(LUMP.prefetch(), hookInstance=instance))
            except (OSError, HTTPException):
                continue  # the worker that had it was killed
            if answer.status == 200:
                self.answered[instance] = time.monotonic()
