"""The page of figures in Chromium, served and as a file: plots from its tables, no fault behind it, no barrier.

It must not check a figure: tests/insights does.
It tests cds_service/insights/templates, cds_service/insights/static and their policy.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from cds_service.app import create_app
from cds_service.audit.feedback_item import to_epoch_ms
from cds_service.config.settings import Settings
from cds_service.insights.page import file_html
from cds_service.insights.queries import Span
from cds_service.insights.report import Report, report_of
from cds_service.store.database import Database
from cds_service.store.insights_rows import InsightsRows
from tests.browser.chromium import NARROW, WIDE, browser
from tests.insights.clinic import MADE, Clinic, overridden_is_quiet, write
from tests.tokens import HandClock

pytestmark = pytest.mark.slow
KEY = "k" * 40
PATIENCE_S = 20
GRAVE = {"serious", "critical"}
PLOTS = """() => [...document.querySelectorAll("figure[data-plot]")].map((figure) => {
    const chart = echarts.getInstanceByDom(figure.querySelector(".plot")).getOption(), kind = figure.dataset.plot;
    const figures = figure.dataset.figures.split(" ");
    const number = (row) => (name) => row.querySelector(`data[data-figure="${name}"]`)?.value ?? null;
    return {
        kind,
        names: (kind === "bars" ? chart.yAxis : chart.xAxis)[0].data,
        values: chart.series.map(({ data }) => data),
        rows: [...figure.querySelectorAll("tbody tr:not(.total)")].map(
            (row) => [row.cells[0].textContent, ...figures.map(number(row))]),
    };
})"""
"""What each plot was drawn with, and the rows of its table."""
WINDOWS = pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
PLACES = pytest.mark.parametrize("place", ["served", "file"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a small clinic, a key, and the page as a file."""
    found = tmp_path_factory.mktemp("insights")
    (found / "key").write_text(KEY, encoding="utf-8")
    with ThreadPoolExecutor() as elsewhere:  # Playwright has a loop of its own in this thread
        report = elsewhere.submit(asyncio.run, _filled(found)).result()
    (found / "report.html").write_bytes(file_html(report))
    return found


async def _filled(found: Path) -> Report:
    database = Database(f"sqlite:///{found}/store.sqlite3")
    await database.prepare()
    await write(Clinic(overridden_is_quiet, views=4000).stories(), database)
    now = to_epoch_ms(MADE)
    report = await report_of(InsightsRows(database), Span(0, now), now)
    await database.close()
    return report


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    """The address of a service whose clock stands where the clinic's year ends."""
    settings = Settings(database=f"sqlite:///{folder}/store.sqlite3", insights_key_file=folder / "key")
    server = uvicorn.Server(uvicorn.Config(create_app(settings, HandClock(MADE)), port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    ends = time.monotonic() + PATIENCE_S
    while not server.started and time.monotonic() < ends:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/insights?weeks=53"
    server.should_exit = True
    thread.join(PATIENCE_S)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all tests."""
    with browser() as started:
        yield started


class _Opened:
    """A page, and what went wrong behind it."""

    def __init__(self, chromium: Any, window: tuple[int, int], address: str) -> None:  # noqa: ANN401 - Playwright's
        width, height = window
        credentials = {"username": "insights", "password": KEY}
        self.context = chromium.new_context(viewport={"width": width, "height": height}, http_credentials=credentials)
        self.faults: list[str] = []
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("console", lambda line: self.faults.append(line.text))
        self.asked: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page = self.context.new_page()
        self.page.goto(address)
        self.page.wait_for_selector(".plot svg")


@pytest.fixture
def opened(
    chromium: Any,  # noqa: ANN401 - Playwright's
    request: pytest.FixtureRequest,
    folder: Path,
    window: tuple[int, int],
    place: str,
) -> Iterator[_Opened]:
    """The page in a window, served or as a file."""
    address = (folder / "report.html").as_uri() if place == "file" else request.getfixturevalue("served")
    found = _Opened(chromium, window, address)
    yield found
    found.context.close()


@WINDOWS
@PLACES
def test_the_page_fits_its_window_and_has_no_fault_behind_it(opened: _Opened) -> None:
    """No error, nothing against the policy, nothing of another host; tables scroll within themselves."""
    width = opened.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    hosts = {address.split("/insights")[0].split("/report.html")[0] for address in opened.asked}

    assert width == 0
    assert opened.faults == []
    assert len({host for host in hosts if not host.startswith("data:")}) == 1
    assert opened.page.locator(".plot svg").count() == 4


@WINDOWS
@PLACES
def test_nobody_is_kept_out(opened: _Opened) -> None:
    """Axe finds nothing serious or critical."""
    axe = import_module("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(opened.page).response["violations"]

    assert [(each["id"], each["impact"]) for each in found if each["impact"] in GRAVE] == []


@WINDOWS
@pytest.mark.parametrize("place", ["file"])
def test_a_plot_is_drawn_from_the_table_below_it(opened: _Opened) -> None:
    """Its lines and bars have the table's numbers; a row with a hidden count is left empty and says so."""
    for plot in opened.page.evaluate(PLOTS):
        assert len(plot["rows"]) > 1
        for index, (name, *values) in enumerate(plot["rows"]):
            is_whole = None not in values or plot["kind"] != "bars"
            assert [series[index] for series in plot["values"]] == (values if is_whole else [None] * len(values))
            assert plot["names"][index] == (name if is_whole else f"{name} (has hidden counts)")


@pytest.mark.parametrize("window", [WIDE], ids=["wide"])
@pytest.mark.parametrize("place", ["served"])
def test_the_span_of_time_is_chosen_by_a_link(opened: _Opened) -> None:
    """By keyboard, too."""
    opened.page.get_by_role("link", name="Last 4 weeks").focus()
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_url("**/insights?weeks=4")

    assert opened.page.locator("nav [aria-current]").inner_text() == "Last 4 weeks"
    assert "From 2026-06-05 to 2026-07-03" in opened.page.locator("header").inner_text()
