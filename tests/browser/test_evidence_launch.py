"""A whole SMART launch in a browser, to the page of a chart of 5,000 resources, and how soon it is seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from bench.charts import Variant, chart
from bench.evidence import AS_OF
from bench.resources import PATIENT_ID
from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from tests.browser.serving import a_socket, serving
from tests.builders import Chart
from tests.smart.authorization import CLIENT_ID
from tests.smart.ehr import LAUNCH, Ehr
from tests.tokens import a_registry, entry_of, toml_of

pytestmark = pytest.mark.slow
SIZE = 5000
FIRST_PAINT_MS = 1000
PAINT = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return paint.startTime - page.responseEnd;
}"""


@contextmanager
def _launchable(folder: Path) -> Iterator[tuple[str, Ehr, str]]:
    """A service and an EHR that know each other: where the EHR opens the app."""
    (listening, origin), (mine, public) = a_socket(), a_socket()
    clock = FixedClock(AS_OF)
    resources = tuple(each for found in chart(SIZE, Variant.CARD).values() for each in found)
    ehr = Ehr(Chart(resources), f"{public}/smart/callback", origin, patient=PATIENT_ID)
    ehr.now = lambda: clock.now().timestamp()
    registry = a_registry(
        folder, f"{entry_of(fhir_servers=[ehr.base])}[clients.smart]\n{toml_of({'client_id': CLIENT_ID})}"
    )
    settings = Settings(
        clients=registry, database=f"sqlite:///{folder}/store.sqlite3", public_url=public, hard_deadline_s=30
    )
    with serving(ehr.app, listening), serving(create_app(settings, clock), mine):
        yield f"{public}/smart/launch?{urlencode({'iss': ehr.base, 'launch': LAUNCH})}", ehr, public


def test_a_launch_shows_a_chart_of_five_thousand_resources_within_a_second_of_its_data(
    chromium: Any,  # noqa: ANN401 - Playwright's
    tmp_path: Path,
) -> None:
    """No code stays in the address, a reload asks for a new launch, and nothing goes to another host."""
    faults: list[str] = []
    with _launchable(tmp_path) as (url, ehr, public):
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        context.on("console", lambda line: faults.append(line.text) if line.type in {"error", "warning"} else None)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        asked: set[str] = set()
        context.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("figure svg")
        milliseconds = page.evaluate(PAINT)

        assert page.url == f"{public}/smart/callback"
        assert page.locator(".lane-counted .marks li").count() > 0
        assert page.evaluate("document.querySelectorAll('*').length") < 6000
        assert faults == []
        assert asked == {urlsplit(public).netloc, urlsplit(ehr.origin).netloc}
        assert milliseconds < FIRST_PAINT_MS

        page.reload()
        assert "open it again from the patient" in page.locator("main").inner_text()
        context.close()
