"""The files of the page: served by ourselves, with their types, and nothing else."""

import httpx
import pytest

from cds_service.evidence_view import assets
from tests.demo.demo_service import demo_client

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "name, media_type",
    [
        ("evidence.css", "text/css; charset=utf-8"),
        ("evidence.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
async def test_a_file_of_the_page_is_served(name: str, media_type: str) -> None:
    """A browser may keep it for an hour."""
    async with demo_client() as client:
        answer = await client.get(f"/evidence/{name}")

    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["cache-control"] == "max-age=3600"


@pytest.mark.parametrize("name", ["en.toml", "evidence.html", "echarts.LICENSE", "..%2Fpages.py", "x"])
async def test_nothing_else_is_served(name: str) -> None:
    """Not even what lies beside them."""
    async with demo_client() as client:
        answer = await client.get(f"/evidence/{name}")

    assert answer.status_code == 404


async def test_the_charts_library_is_served_where_it_was_fetched() -> None:
    """And nowhere else is asked for it."""
    async with demo_client() as client:
        answer: httpx.Response = await client.get("/evidence/echarts.min.js")

    assert answer.status_code == (200 if assets.has_plots() else 404)
