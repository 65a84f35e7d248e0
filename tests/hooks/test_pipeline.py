"""The pipeline: a second hook gets discovery, limits, authentication, audit and replay without code of its own."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from cds_service.app import create_app
from cds_service.config.settings import Profile, Settings
from cds_service.fhir.chart.sources import TEMPLATES
from cds_service.hooks import HOOKS, HookService
from cds_service.hooks.pipeline import answers
from cds_service.hooks.request import PatientContext
from cds_service.replay.recorded_context import CannotReplay
from cds_service.replay.run import Archived, Result, replay
from cds_service.store.audit_storage import SqlAuditStorage
from cds_service.store.database import Database
from tests.builders import DAY, a_patient, call_of, error_code, topics
from tests.service.registered_service import bearer, registered
from tests.service.remembering import decisions_in
from tests.service.small_service import calling
from tests.tokens import HandClock

pytestmark = pytest.mark.anyio


class OrderSelectContext(PatientContext, kw_only=True):
    """Context of order-select, which names what was selected."""

    selections: list[str]


SECOND = HookService(
    id="recurrence-at-order",
    hook="order-select",
    title="Second",
    description="The same work-up when an order is selected.",
    usage_requirements="As the first.",
    prefetch=TEMPLATES,
    call=answers("order-select", OrderSelectContext),
)
BOTH = (*HOOKS, SECOND)
PATH = f"/cds-services/{SECOND.id}"
CHART = a_patient().with_history().with_lump()
CONTEXT = {"userId": "Practitioner/1", "patientId": "p1", "selections": ["ServiceRequest/1"]}
BODY = call_of(CHART.prefetch(), hook="order-select", context=CONTEXT)


@asynccontextmanager
async def _service(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, HandClock(), hooks=BOTH)
    async with app.router.lifespan_context(app), calling(app) as client:
        yield client


async def test_a_second_hook_is_in_discovery_and_answers_with_cards() -> None:
    """It is listed beside the first, and its context is checked by its own model."""
    async with _service(Settings(as_of=DAY)) as client:
        listed = (await client.get("/cds-services")).json()["services"]
        answer = await client.post(PATH, json=BODY)
        without = await client.post(PATH, json={**BODY, "context": {**CONTEXT, "selections": 7}})

    assert [(each["id"], each["hook"]) for each in listed] == [(each.id, each.hook) for each in BOTH]
    assert topics(answer.json()) == {"local": "warning"}
    assert (without.status_code, error_code(without)) == (400, "invalid-request")
    assert "context.selections" in without.text


async def test_a_second_hook_has_the_limits_and_the_authentication_of_the_first(tmp_path: Path) -> None:
    """Bodies are bounded, and production wants a token for its very path."""
    async with _service(registered(tmp_path, max_body_bytes=2000)) as client:
        nobody = await client.post(PATH, json=BODY)
        elsewhere = await client.post(PATH, json=BODY, headers=bearer())
        long = await client.post(PATH, json={**BODY, "more": "x" * 3000}, headers=bearer(PATH, jti="second"))

    assert [nobody.status_code, elsewhere.status_code, long.status_code] == [401, 401, 413]


async def test_a_call_of_a_second_hook_is_audited_and_replayed(tmp_path: Path) -> None:
    """The row names its hook, and a replay finds its service by that name."""
    settings = Settings(profile=Profile.DEVELOPMENT, database=f"sqlite:///{tmp_path}/store.sqlite3")
    body = json.dumps(BODY).encode()
    async with _service(settings) as client:
        answer = await client.post(PATH, content=body, headers={"content-type": "application/json"})
    (decision,) = await decisions_in(settings)
    archived, store = Archived(body, answer.content), SqlAuditStorage(Database(settings.database_url()))

    found = await replay(archived, decision, settings, store, BOTH)

    assert (decision.hook, decision.status) == ("order-select", 200)
    assert found.result is Result.SAME
    with pytest.raises(CannotReplay, match="order-select"):
        await replay(archived, decision, settings, store)
