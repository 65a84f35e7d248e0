"""The demo as a process of its own, and pages of Chromium that fail their test when something is wrong behind them.

It must not overlook a fault: what a page writes to its console as an error, throws, or asks of another host.
Its tests are those that use it.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from cds_service.settings import PREFIX
from tests.browser.chromium import NARROW, WIDE, browser

DAY = "2026-06-15"
"""The day on which the demo stands still for these tests."""
STOP_SECONDS = 20
PATIENCE_MS = 15_000
LOCAL = {"data", "blob", "about"}
_ADDRESS = re.compile(r"The service is up at (http://127\.0\.0\.1:\d+)")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests."""
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def demo() -> Iterator[str]:
    """The address of `recurrence-cds demo` on a free port, on the tests' day."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    settings = {f"{PREFIX}BUDGET_S": "10"}
    command = [sys.executable, "-m", "cds_service", "demo", "--port", "0", "--as-of", DAY]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, env={**kept, **settings}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        try:
            yield next(found[1] for line in process.stdout if (found := _ADDRESS.search(line)))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def window(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The two windows that every page is looked at in."""
    return tuple(request.param)


@pytest.fixture
def page(chromium: Any, demo: str, window: tuple[int, int]) -> Iterator[Any]:  # noqa: ANN401 - Playwright's
    """A page of the demo's browser in one of the windows; paths are relative to the demo."""
    width, height = window
    context = chromium.new_context(base_url=demo, viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(f"thrown: {error.error}"))
    context.on("console", lambda line: _note_line(faults, line))
    context.on("request", lambda asked: _note_request(faults, asked, demo))
    opened = context.new_page()
    yield opened
    context.close()
    assert faults == []


def _note_line(faults: list[str], line: Any) -> None:  # noqa: ANN401 - Playwright's
    """Note an error or a warning; a broken Content-Security-Policy is written as an error."""
    if line.type in {"error", "warning"}:
        faults.append(f"console: {line.text}")


def _note_request(faults: list[str], asked: Any, demo: str) -> None:  # noqa: ANN401 - Playwright's
    address = urlsplit(asked.url)
    if address.scheme not in LOCAL and f"{address.scheme}://{address.netloc}" != demo:
        faults.append(f"asked another host: {address.scheme}://{address.netloc}")
