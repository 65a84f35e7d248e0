"""Chromium as installed on the machine, driven by Playwright.

It must not download a browser; what is missing is named, and the tests fail.
Its tests are those that import it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

Page = Any
"""Playwright's type, which is not installed where only the quick tests run."""
WIDE, NARROW = (1280, 800), (390, 844)
"""The two windows that every page is looked at in: a desktop's and a phone's."""


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium; it has no sandbox of its own only where root starts it."""
    assert find_spec("playwright"), "Playwright is not installed: run `make setup-slow`"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "Chromium is not installed: run `make chromium` as root (Debian: apt-get install chromium)"
    playwright: Any = import_module("playwright.sync_api")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=arguments)
        try:
            yield started
        finally:
            started.close()
