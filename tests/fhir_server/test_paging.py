"""Searches whose answers a real FHIR server gives in many pages: all are read, or the card says that they are not.

It must not count requests: what matters is what is found on the last page.
It is itself a test.
"""

from itertools import count

import httpx
import pytest

from tests.builders import URL, Resource, outcome_of, topics, trace
from tests.fhir_server.charts import DIAGNOSES, LONG, VISITS, asking, chart_of, prefetch_of, with_server
from tests.fhir_server.server import PAGE, FhirServer
from tests.fhir_server.service import answered

pytestmark = pytest.mark.slow


def _pages(server: FhirServer, query: str) -> list[Resource]:
    """The pages of a search, as a client that follows `next` gets them."""
    pages = [server.get(query)]
    for _ in count():
        following = [link["url"] for link in pages[-1]["link"] if link["relation"] == "next"]
        if not following:
            break
        pages.append(server.get(following[0]))
    return pages


@pytest.mark.parametrize("kind, least", [("Observation", VISITS), ("Condition", DIAGNOSES)])
def test_the_long_history_comes_in_pages_that_the_server_keeps_short(
    charts_server: FhirServer, kind: str, least: int
) -> None:
    """Else the tests below would show nothing: fewer resources on a page than our service asks for."""
    pages = _pages(charts_server, f"{kind}?patient={LONG}&_count=500")

    assert len(pages) > least // PAGE
    assert max(len(page["entry"]) for page in pages) == PAGE
    assert sum(len(page["entry"]) for page in pages) > least


def test_what_the_last_pages_hold_makes_the_cards(service: httpx.Client, charts_server: FhirServer) -> None:
    """The cancer and the lump stand behind all the ankles, the earlier weight behind a year of heart rates."""
    conditions = _pages(charts_server, f"Condition?patient={LONG}&_count=500")
    first = {coding["code"] for entry in conditions[0]["entry"] for coding in entry["resource"]["code"]["coding"]}
    answer = service.post(URL, json=asking(LONG, **with_server(charts_server))).json()

    assert first == {"S93.401A"}
    assert trace(answer)["state"] == "treated"
    assert topics(answer)["local"] == "warning"
    assert outcome_of(answer, "liver") == "card"


@pytest.mark.anyio
async def test_a_prefetched_first_page_is_read_on_from_the_server(charts_server: FhirServer) -> None:
    """An EHR that sends one page of each search gets the answer of one that sends all."""
    first = {
        "conditions": charts_server.get(f"Condition?patient={LONG}&_count=500"),
        "observations": charts_server.get(f"Observation?patient={LONG}&_count=500"),
    }
    whole = await answered(asking(LONG, prefetch=prefetch_of(chart_of(LONG))))
    begun = await answered(asking(LONG, prefetch=prefetch_of(chart_of(LONG)) | first, **with_server(charts_server)))

    assert begun.content == whole.content


@pytest.mark.anyio
async def test_pages_without_a_server_to_ask_for_the_rest_are_not_silence(charts_server: FhirServer) -> None:
    """Conditions of which one page came: nobody knows what the others hold."""
    first = charts_server.get(f"Condition?patient={LONG}&_count=500")
    answer = await answered(asking(LONG, prefetch=prefetch_of(chart_of(LONG)) | {"conditions": first}))

    assert answer.status_code == 412


@pytest.mark.anyio
async def test_more_pages_than_the_service_reads_are_said_on_a_card(charts_server: FhirServer) -> None:
    """The lump is shown; of the observations none is used, as half of them would read as the whole."""
    answer = (await answered(asking(LONG, **with_server(charts_server)), max_pages=5)).json()

    assert topics(answer) == {"local": "warning", "incomplete": "info"}
    assert trace(answer)["notAssessable"] == [{"source": "Observation", "reason": "too-many-pages"}]
