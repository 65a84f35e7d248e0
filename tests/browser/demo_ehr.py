"""What a clinician does in the demo EHR, and what is on the screen then.

It must not hold an expectation: that is the tests' part.
Its tests are those that import it.
"""

from importlib import import_module
from typing import Any

from tests.browser.chromium import NARROW, Page

SERVICE = "/cds-services/breast-cancer-recurrence"
CARD = "#cards article"
GRAVE = {"serious", "critical"}


def opened(page: Page, name: str) -> dict[str, Any]:
    """Open the chart of a demo patient by its address; return what the service answered, once it is shown."""
    with page.expect_response(lambda answer: answer.url.endswith(SERVICE)) as called:
        page.goto(f"/#demo-{name}")
    settled(page)
    return dict(called.value.json())


def settled(page: Page) -> None:
    """Wait until the answer is on the screen."""
    page.locator("#cards[aria-busy=false]").wait_for()
    page.wait_for_function("document.getElementById('response').textContent !== ''")


def asked_again(page: Page, act: Any) -> dict[str, Any]:  # noqa: ANN401 - what the test does
    """Do something after which the service is asked; return the request, once the answer is shown."""
    with page.expect_response(lambda answer: answer.url.endswith(SERVICE)) as called:
        act()
    settled(page)
    page.wait_for_function("id => document.getElementById('request').textContent.includes(id)", arg=_id_of(called))
    return dict(called.value.request.post_data_json)


def _id_of(called: Page) -> str:
    return str(called.value.request.post_data_json["hookInstance"])


def levels(page: Page) -> list[str]:
    """Return the levels of the cards on the screen, in words."""
    return [text.split()[-1] for text in page.locator(f"{CARD} .level").all_inner_texts()]


def feedback_of(page: Page, act: Any) -> dict[str, Any]:  # noqa: ANN401 - what the test does
    """Do something that is reported; return the body that was sent, once its answer is shown."""
    with page.expect_response(lambda answer: answer.url.endswith(f"{SERVICE}/feedback")) as called:
        act()
    page.locator("#feedback").get_by_text("answered 200").first.wait_for()
    return dict(called.value.request.post_data_json)


def is_narrow(page: Page) -> bool:
    """Return whether the window is a phone's."""
    return (page.viewport_size["width"], page.viewport_size["height"]) == NARROW


def grave_violations(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical on the page as it is now, with the places."""
    axe = import_module("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found if each["impact"] in GRAVE]
