"""The page behind a card's source."""

import httpx
import pytest

from cds_service.app import create_app
from cds_service.config.settings import Profile, Settings
from rules.registry import RULES

pytestmark = pytest.mark.anyio


async def _page() -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(Settings(profile=Profile.PRODUCTION))), base_url="http://service"
    ) as client:
        return await client.get("/about")


async def test_the_page_says_that_nobody_has_signed_the_content_off() -> None:
    """It stands behind source.url, in production too."""
    page = await _page()

    assert page.status_code == 200
    assert "No practising clinician has signed off the clinical content" in page.text
    assert "tumour markers are never proposed" in page.text


async def test_the_page_names_every_rule_and_runs_no_script() -> None:
    """It is made from the rule sheets."""
    page = await _page()

    assert all(f"<strong>{rule.id}</strong>" in page.text for rule in RULES)
    assert "script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
