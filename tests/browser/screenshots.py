"""The screenshots of README and docs, taken from the running demo: `make screenshots` writes docs/images/*.png.

It must not be edited by hand what comes out: take them anew.
Its test is tests/docs/test_screenshots.py.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.browser.chromium import NARROW, WIDE, Page, browser
from tests.browser.demo_ehr import asked_again, feedback_of, opened
from tests.browser.demo_process import running_demo

FOLDER = Path(__file__).parents[2] / "docs" / "images"


def _card(page: Page) -> None:
    opened(page, "liver")


def _phone(page: Page) -> None:
    opened(page, "brain")


def _answered(page: Page) -> None:
    opened(page, "brain")
    feedback_of(page, page.get_by_role("button", name="as draft").click)
    page.locator("#feedback").scroll_into_view_if_needed()
    page.locator("#cds").evaluate("each => { each.scrollTop = each.scrollHeight; }")


def _traced(page: Page) -> None:
    opened(page, "spine")
    asked_again(page, page.locator("#moments button").filter(has_text="Rises").click)
    page.get_by_text("Trace: fired, not fired, cannot tell").click()
    page.locator("#trace").evaluate("each => each.scrollIntoView()")


class Picture(NamedTuple):
    """A picture: the window, and what is done before it is taken."""

    window: tuple[int, int]
    act: Callable[[Page], None]


PICTURES = {
    "demo-card": Picture(WIDE, _card),
    "demo-answered": Picture(WIDE, _answered),
    "demo-trace": Picture(WIDE, _traced),
    "demo-phone": Picture(NARROW, _phone),
}


def take() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    with running_demo() as demo, browser() as chromium:
        for name, (window, act) in PICTURES.items():
            width, height = window
            page = chromium.new_page(
                base_url=demo, viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce"
            )
            act(page)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()


if __name__ == "__main__":
    take()
