"""What a clinician sees in the public sandbox: the card of a chart, its orders, and feedback that arrives.

Opt-in: `make sandbox-test SANDBOX=folder`. Its name keeps it out of `make test` and `make test-slow`.
It must not pass by skipping. It is itself the tests of browser.py.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.browser.chromium import browser
from tests.builders import URL, Resource
from tests.fhir_server.charts import asking, chart_of, prefetch_of
from tests.fhir_server.server import FhirServer, running
from tests.fhir_server.service import served
from tests.sandbox.browser import address, sandbox

PATIENT, SILENT = "demo-brain", "demo-silent"
PATIENCE_MS = 20_000
NOTHING = "No recommendations to display"


@pytest.fixture(scope="module")
def fhir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FhirServer]:
    """The FHIR server with both charts; open, since the sandbox has no token."""
    with running(tmp_path_factory.mktemp("fhir"), is_open=True) as server:
        server.load([*chart_of(PATIENT), *chart_of(SILENT)])
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Our service."""
    with served(tmp_path_factory.mktemp("service")) as client:
        yield client


@pytest.fixture
def page() -> Iterator[Any]:
    """A page of Chromium."""
    with browser() as chromium:
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page


def _opened(page: Any, service: httpx.Client, fhir: FhirServer, patient: str) -> Iterator[Resource]:  # noqa: ANN401
    """Open the sandbox on a patient; yield the answer that our service gave it, while the page is there."""
    with sandbox() as url:
        with page.expect_response(lambda response: response.url.endswith(URL)) as called:
            page.goto(address(url, str(service.base_url), fhir.base, patient))
        assert called.value.status == 200
        yield called.value.json()


@pytest.fixture
def answer(page: Any, service: httpx.Client, fhir: FhirServer) -> Iterator[Resource]:  # noqa: ANN401 - Playwright's
    """The answer about the patient with a card, whose page is open."""
    yield from _opened(page, service, fhir, PATIENT)


@pytest.fixture
def silence(page: Any, service: httpx.Client, fhir: FhirServer) -> Iterator[Resource]:  # noqa: ANN401 - Playwright's
    """The answer about the patient without one."""
    yield from _opened(page, service, fhir, SILENT)


def _expected(service: httpx.Client) -> list[str]:
    """The summaries that the same chart gets as prefetch of ours."""
    sent = service.post(URL, json=asking(PATIENT, prefetch=prefetch_of(chart_of(PATIENT)))).json()
    return [card["summary"] for card in sent["cards"]]


def test_the_sandbox_shows_the_card_as_it_was_written(
    page: Any,  # noqa: ANN401 - Playwright's
    answer: Resource,
    service: httpx.Client,
) -> None:
    """Its summary, its detail as text without a mark left over, and a button for each order."""
    (card,) = answer["cards"]
    page.get_by_text(card["summary"], exact=True).wait_for()
    shown = page.locator("body").inner_text().partition("CDS Developer Panel")[0]

    assert [card["summary"]] == _expected(service)
    assert "Does not replace clinical judgement" in shown
    assert "**" not in shown
    for suggestion in card["suggestions"]:
        assert page.get_by_role("button", name=suggestion["label"]).is_visible()


@pytest.mark.parametrize("button", ["MRI of the brain with contrast", "Dismiss"])
def test_feedback_of_the_sandbox_is_taken(
    page: Any,  # noqa: ANN401 - Playwright's
    answer: Resource,
    button: str,
) -> None:
    """An order that is taken, and a card that is put aside."""
    (card,) = answer["cards"]
    page.get_by_text(card["summary"], exact=True).wait_for()
    with page.expect_response(lambda response: response.url.endswith("/feedback")) as called:
        page.get_by_role("button", name=button, exact=True).click()

    assert called.value.status == 200
    assert called.value.request.post_data_json["feedback"][0]["card"] == card["uuid"]


def test_a_chart_without_a_finding_is_shown_without_a_card(page: Any, silence: Resource) -> None:  # noqa: ANN401
    """And every source was read, so that it is no silence about something that is missing."""
    page.get_by_text(NOTHING).wait_for()

    assert silence["cards"] == []
    assert "notAssessable" not in str(silence)
