"""The link of a card to the evidence view: where a client has it, and nowhere else."""

import json
from pathlib import Path

import pytest

from tests.builders import URL, Resource, a_patient, call_of, condition
from tests.smart.ehr import Ehr
from tests.smart.launching import CALLBACK, PUBLIC, opening
from tests.tokens import AUDIENCE, a_token, claims_of

pytestmark = pytest.mark.anyio
CHART = a_patient().with_history().with_(condition("N63.21", "2026-01-10"))


async def _cards(folder: Path, *, known: bool = True, **more: object) -> list[Resource]:
    ehr = Ehr(CHART, CALLBACK)
    headers = {"content-type": "application/json"}
    if known:
        headers["authorization"] = f"Bearer {a_token(claims_of(aud=f'{AUDIENCE}{URL}', jti=str(more)))}"
    async with opening(folder, ehr, **more) as browser:
        content = json.dumps(call_of(CHART.prefetch())).encode()
        answer = await browser.service.post(URL, content=content, headers=headers)
    cards: list[Resource] = answer.json()["cards"]
    assert cards
    return cards


async def test_each_card_of_a_client_with_the_app_links_to_it(tmp_path: Path) -> None:
    """As a SMART app: the EHR adds who asks and for whom."""
    for card in await _cards(tmp_path):
        assert card["links"] == [{"label": "Show the evidence", "url": f"{PUBLIC}/smart/launch", "type": "smart"}]


async def test_a_client_may_have_the_app_without_links(tmp_path: Path) -> None:
    """Where the EHR opens it from its own menu, or removes links from cards."""
    for card in await _cards(tmp_path, smart={"link": False}):
        assert "links" not in card


async def test_a_caller_that_nobody_registered_gets_no_link(tmp_path: Path) -> None:
    """It could not follow it."""
    for card in await _cards(tmp_path, known=False):
        assert "links" not in card
