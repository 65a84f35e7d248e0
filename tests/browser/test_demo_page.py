"""The demo in Chromium: a chart is opened, and its card is there.

It must not test what cards say: tests/cards does.
It is itself a test.
"""

from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_a_chart_is_opened_and_its_card_is_there(page: Any) -> None:  # noqa: ANN401 - Playwright's
    """The critical card of the first chart."""
    page.goto("/#demo-brain")
    page.locator("article.critical").wait_for()
