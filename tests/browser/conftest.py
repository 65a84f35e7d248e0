"""The demo as a process of its own, and pages of Chromium that fail their test when something is wrong behind them.

It must not overlook a fault: what a page writes to its console as an error, throws, or asks of another host.
Its tests are those that use it.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.browser.chromium import NARROW, WIDE, Page, browser
from tests.browser.demo_process import running_demo

PATIENCE_MS = 15_000
LOCAL = {"data", "blob", "about"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Page]:
    """One browser for the tests of a module: while it is open, its event loop lets no other run in this thread."""
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def demo() -> Iterator[str]:
    """The address of `recurrence-cds demo` on a free port, on the tests' day."""
    with running_demo() as address:
        yield address


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def window(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The two windows that every page is looked at in."""
    return tuple(request.param)


class Faults(list[str]):
    """What went wrong behind a page. A test that expects a fault takes it out; what is left fails the test."""

    def take(self, part: str) -> None:
        """Take out the faults that hold this text; there must be one."""
        left = [fault for fault in self if part not in fault]
        assert len(left) < len(self), f"expected {part!r} among {self}"
        self[:] = left


@pytest.fixture
def faults() -> Faults:
    """The faults of the test's page."""
    return Faults()


@pytest.fixture
def page(chromium: Page, demo: str, window: tuple[int, int], faults: Faults) -> Iterator[Page]:
    """A page of the demo's browser in one of the windows; paths are relative to the demo."""
    width, height = window
    context = chromium.new_context(base_url=demo, viewport={"width": width, "height": height}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    context.on("weberror", lambda error: faults.append(f"thrown: {error.error}"))
    context.on("console", lambda line: _note_line(faults, line))
    context.on("request", lambda asked: _note_request(faults, asked, demo))
    opened = context.new_page()
    yield opened
    context.close()
    assert faults == []


def _note_line(faults: Faults, line: Page) -> None:
    """Note an error or a warning; a broken Content-Security-Policy is written as an error."""
    if line.type in {"error", "warning"}:
        faults.append(f"console: {line.text}")


def _note_request(faults: Faults, asked: Page, demo: str) -> None:
    address = urlsplit(asked.url)
    if address.scheme not in LOCAL and f"{address.scheme}://{address.netloc}" != demo:
        faults.append(f"asked another host: {address.scheme}://{address.netloc}")
