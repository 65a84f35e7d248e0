"""What the demo's page may wish of a call: granted in the demo, passed over everywhere else.

It must not test what the cards say on a day: test_demo_cards.py does.
It is itself a test.
"""

import json
from typing import Any

import httpx
import pytest

from cds_service.clock import FixedClock
from cds_service.config.settings import Profile, Settings
from cds_service.hooks import HOOKS
from cds_service.hooks.context import HookContext
from cds_service.security.egress import FhirClient
from tests.demo.demo_service import FHIR, SERVICE, TODAY, demo_client

NAME = "org.recurrence-cds.demo"
CALL: dict[str, Any] = {
    "hook": "patient-view",
    "hookInstance": "0c7f6a1e-9a3c-4a55-9d8e-0f5d2b7f4a10",
    "context": {"userId": "Practitioner/example", "patientId": "p1"},
    "prefetch": {"patient": {"resourceType": "Patient", "id": "p1"}, "conditions": None, "observations": None},
}


async def asked(extension: object) -> httpx.Response:
    """Return the answer of the demo to a call with this extension."""
    async with demo_client() as service:
        return await service.post(SERVICE, json={**CALL, "extension": extension})


async def shown(wish: dict[str, Any]) -> dict[str, Any]:
    """Return the demo's answer about a chart of its own that has a card."""
    context = {**CALL["context"], "patientId": "demo-brain"}
    async with demo_client() as service:
        body = {**CALL, "fhirServer": FHIR, "context": context, "prefetch": {}, "extension": {NAME: wish}}
        found: dict[str, Any] = (await service.post(SERVICE, json=body)).json()
    return found


def day_of(answer: httpx.Response) -> str:
    """Return the day that the rules counted from."""
    return str(answer.json()["extension"]["org.recurrence-cds.assessment"]["asOf"])


@pytest.mark.anyio
async def test_the_demo_counts_from_the_day_that_the_page_wishes() -> None:
    """Any day, before the clock's and after it."""
    assert day_of(await asked({NAME: {"asOf": "2025-02-03"}})) == "2025-02-03"
    assert day_of(await asked({NAME: {"asOf": "2031-12-31"}})) == "2031-12-31"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "extension",
    [
        None,
        {},
        {NAME: None},
        {NAME: {}},
        {NAME: {"asOf": None}},
        {NAME: "no object"},
        {"other": {"asOf": "1999-01-01"}},
        [],
    ],
    ids=str,
)
async def test_without_a_wish_the_demo_counts_from_its_clock(extension: object) -> None:
    """An extension of somebody else is passed over, whatever it is."""
    assert day_of(await asked(extension)) == TODAY.isoformat()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "wish",
    ["tomorrow", "2026-02-30", "20260615", "1066-10-14", "9999-12-31", 20260615, "", {}, ["2026-06-15"]],
    ids=repr,
)
async def test_a_day_that_cannot_be_counted_from_is_refused(wish: object) -> None:
    """The page is told which element is wrong, and not what it sent."""
    answer = await asked({NAME: {"asOf": wish}})

    assert answer.status_code == 400
    assert "`extension.org.recurrence-cds.demo.asOf` must be a day" in answer.text


@pytest.mark.anyio
async def test_the_demo_answers_in_the_language_that_the_page_wishes() -> None:
    """One that there is not is refused, by its name."""
    english, german = [await shown({"language": wish}) for wish in ("en", "de")]
    refused = [await asked({NAME: {"language": wish}}) for wish in ("xx", 1, ["de"])]

    assert "after breast cancer" in english["cards"][0]["summary"]
    assert "nach Brustkrebs" in german["cards"][0]["summary"]
    assert await shown({}) == english
    assert {answer.status_code for answer in refused} == {400}
    assert all("`extension.org.recurrence-cds.demo.language` must be one of en, de" in each.text for each in refused)


@pytest.mark.anyio
@pytest.mark.parametrize("wish", ["2025-02-03", "nonsense"])
@pytest.mark.parametrize("profile", [Profile.DEVELOPMENT, Profile.PRODUCTION])
async def test_outside_the_demo_nobody_can_choose_the_day(profile: Profile, wish: str) -> None:
    """The extension is passed over, as any that is not known."""
    settings = Settings(profile=profile)
    context = HookContext.for_anonymous(settings, FixedClock(TODAY), FhirClient(settings.egress_options()))
    body = json.dumps({**CALL, "extension": {NAME: {"asOf": wish}}}).encode()

    answer = json.loads(await HOOKS[0].call(body, context))

    assert answer["extension"]["org.recurrence-cds.assessment"]["asOf"] == TODAY.isoformat()
