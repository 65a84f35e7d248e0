"""GET /insights: who is let in, how often it is counted, and what it must never do."""

import asyncio
import sqlite3
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from cds_service.app import create_app
from cds_service.config.settings import PREFIX, Settings, load_settings
from cds_service.errors import SettingsError
from cds_service.insights.page import has_plots
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from tests.service.small_service import calling
from tests.store.rows import a_card, a_decision, uuid_of
from tests.tokens import HandClock

pytestmark = pytest.mark.anyio
KEY = "k" * 20 + ":" + "ü" * 20
MINUTE = 60.0


def _basic(password: str, user: str = "insights") -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


RIGHT, WRONG = _basic(KEY), _basic("w" * 41)


@asynccontextmanager
async def _service(folder: Path, clock: HandClock | None = None, **more: object) -> AsyncIterator[httpx.AsyncClient]:
    key_file = folder / "insights.key"
    key_file.write_text(f"{KEY}\n", encoding="utf-8")
    given = {"database": f"sqlite:///{folder}/store.sqlite3", "insights_key_file": key_file, **more}
    app = create_app(Settings(**given), clock or HandClock())  # type: ignore[arg-type]
    async with app.router.lifespan_context(app), calling(app) as client:
        yield client


async def _write(folder: Path, count: int, clock: HandClock) -> None:
    database = Database(f"sqlite:///{folder}/store.sqlite3")
    at = int(clock.now().timestamp() * 1000) - 1000
    await DecisionRows(database).write(
        [a_decision(n, a_card(uuid_of(500 + n)), at=at, hook_instance=uuid_of(n)) for n in range(count)]
    )
    await database.close()


async def test_without_a_key_in_the_settings_there_is_no_page(tmp_path: Path) -> None:
    """Whatever is sent; the service itself says nothing of it."""
    async with _service(tmp_path, insights_key_file=None) as client:
        for path in ("/insights", "/insights/insights.css"):
            assert (await client.get(path, headers=RIGHT)).status_code == 404


async def test_the_key_opens_the_page_for_any_user_name(tmp_path: Path) -> None:
    """It is not kept by anybody, runs our own script only, and can't be framed."""
    clock = HandClock()
    async with _service(tmp_path, clock) as client:
        await _write(tmp_path, 12, clock)
        for headers in (
            RIGHT,
            _basic(KEY, user=""),
            {"Authorization": RIGHT["Authorization"].replace("Basic", "bAsIc")},
        ):
            page = await client.get("/insights", headers=headers)
            assert page.status_code == 200

    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "<h1>What the cards did</h1>" in page.text


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        WRONG["Authorization"],
        _basic("")["Authorization"],
        _basic(KEY[:-1])["Authorization"],
        _basic(KEY + "k")["Authorization"],
        "Basic ",
        "Basic !!!!",
        "Basic \xfc",
        f"Basic {b64encode(KEY.encode()).decode()}",
        f"Bearer {b64encode(f'insights:{KEY}'.encode()).decode()}",
    ],
)
async def test_nothing_else_opens_it(tmp_path: Path, authorization: str | None) -> None:
    """A browser is told to ask for it; nothing of the key is said."""
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    async with _service(tmp_path) as client:
        page = await client.get("/insights", headers=headers)  # type: ignore[arg-type]

    assert page.status_code == 401
    assert page.headers["www-authenticate"] == 'Basic realm="insights", charset="UTF-8"'
    assert page.json()["issue"][0]["details"]["coding"][0]["code"] == "key-needed"
    assert "kkk" not in page.text


async def test_after_ten_wrong_keys_none_is_looked_at_for_a_minute(tmp_path: Path) -> None:
    """Not even the right one; a request without any key is no attempt."""
    clock = HandClock()
    async with _service(tmp_path, clock) as client:
        for _ in range(20):
            assert (await client.get("/insights")).status_code == 401
        for _ in range(10):
            assert (await client.get("/insights", headers=WRONG)).status_code == 401
        refused = await client.get("/insights", headers=RIGHT)
        clock.move(MINUTE)
        opened = await client.get("/insights", headers=RIGHT)

    assert (refused.status_code, refused.headers["retry-after"], opened.status_code) == (429, "60", 200)


async def test_a_page_is_counted_once_a_minute(tmp_path: Path) -> None:
    """Of the same time; however many ask for it at once."""
    clock = HandClock()
    async with _service(tmp_path, clock) as client:
        await _write(tmp_path, 12, clock)
        pages = await asyncio.gather(*(client.get("/insights", headers=RIGHT) for _ in range(5)))
        await _write(tmp_path, 31, clock)
        again = await client.get("/insights", headers=RIGHT)
        clock.move(MINUTE)
        later = await client.get("/insights", headers=RIGHT)

    assert len({page.text for page in (*pages, again)}) == 1
    assert "<dt>Views</dt><dd>12</dd>" in again.text
    assert "<dt>Views</dt><dd>31</dd>" in later.text


async def test_the_page_offers_three_spans_of_time_and_no_other(tmp_path: Path) -> None:
    """So that nobody can have it counted in ever new ways."""
    clock = HandClock()
    async with _service(tmp_path, clock) as client:
        await _write(tmp_path, 12, clock)
        clock.move(5 * 7 * 24 * 60 * MINUTE)
        answers = {w: await client.get(f"/insights?weeks={w}", headers=RIGHT) for w in ("4", "13", "53", "5", "4;", "")}

    assert {weeks: answer.status_code for weeks, answer in answers.items()} == {
        **dict.fromkeys(("4", "13", "53"), 200),
        **dict.fromkeys(("5", "4;", ""), 400),
    }
    assert "<dt>Views</dt><dd>0</dd>" in answers["4"].text
    assert "<dt>Views</dt><dd>12</dd>" in answers["13"].text


async def test_files_of_the_page_need_no_key_and_are_only_its_own(tmp_path: Path) -> None:
    """They hold no figure."""
    async with _service(tmp_path) as client:
        found = {
            name: await client.get(f"/insights/{name}") for name in ("insights.css", "insights.js", "echarts.min.js")
        }
        other = await client.get("/insights/insights.html")

    assert found["insights.css"].headers["content-type"].startswith("text/css")
    assert found["insights.js"].headers["content-type"].startswith("text/javascript")
    assert found["echarts.min.js"].status_code == (200 if has_plots() else 404)
    assert other.status_code == 404


async def test_a_store_that_fails_is_503_and_the_next_page_is_tried_again(tmp_path: Path) -> None:
    """Nothing of a failure is kept."""
    clock = HandClock()
    async with _service(tmp_path, clock) as client:
        with sqlite3.connect(tmp_path / "store.sqlite3") as connection:
            connection.execute("ALTER TABLE feedback RENAME TO elsewhere")
        failed = await client.get("/insights", headers=RIGHT)
        with sqlite3.connect(tmp_path / "store.sqlite3") as connection:
            connection.execute("ALTER TABLE elsewhere RENAME TO feedback")
        worked = await client.get("/insights", headers=RIGHT)

    assert (failed.status_code, worked.status_code) == (503, 200)


async def test_discovery_does_not_know_the_page(tmp_path: Path) -> None:
    """Nor does the description of the interface."""
    async with _service(tmp_path) as client:
        texts = [(await client.get(path)).text for path in ("/cds-services", "/openapi.json", "/about")]

    assert all("/insights" not in text for text in texts)


@pytest.mark.parametrize("content", ["", "k" * 31, f"{'k' * 40}\n{'l' * 40}"])
def test_a_key_that_could_be_guessed_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    """The message says how to make one, and not what stands there."""
    (tmp_path / "key").write_text(content, encoding="utf-8")
    monkeypatch.setenv(f"{PREFIX}DATABASE", f"sqlite:///{tmp_path}/store.sqlite3")
    monkeypatch.setenv(f"{PREFIX}INSIGHTS_KEY_FILE", str(tmp_path / "key"))

    with pytest.raises(SettingsError, match=r"insights_key_file: .* 32 random characters or more") as caught:
        load_settings()
    assert "kkk" not in str(caught.value)


def test_a_key_file_that_is_not_there_or_has_nothing_to_show_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is named."""
    monkeypatch.delenv(f"{PREFIX}DATABASE", raising=False)
    monkeypatch.setenv(f"{PREFIX}INSIGHTS_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingsError, match="can't be read: No such file"):
        load_settings()

    (tmp_path / "key").write_text("k" * 32, encoding="utf-8")
    with pytest.raises(SettingsError, match="set database, too"):
        load_settings()
