"""Replays of calls for which a FHIR server was asked: what it did not answer is known, what it answered is not.

It must not test fetching: tests/service/test_fetch_mode.py does.
It tests cds_service/fhir/chart/recorded_sources.py.
"""

import json
from pathlib import Path

import httpx
import pytest
import respx

from cds_service.config.settings import Settings
from tests.builders import (
    FHIR,
    LEFT_OUT,
    Chart,
    Resource,
    a_patient,
    call_of,
    condition,
    observation,
    searchset,
    serving,
)
from tests.replay.replaying import CANNOT, SAME, Archive, archived
from tests.service.registered import Site
from tests.service.remembering import decisions_in

pytestmark = pytest.mark.anyio

CHART = a_patient().with_history().with_lump().with_(condition("R51.9", "2026-06-10"))
DOWN = httpx.Response(503)


async def _archived(folder: Path, chart: Chart, prefetch: Resource | None, **faults: httpx.Response) -> Archive:
    """The archive of a call that named our FHIR server, which holds the chart."""
    with respx.mock(assert_all_called=False) as server:
        server.route(url__startswith=FHIR).mock(side_effect=serving(chart, **faults))
        return await archived(folder, call_of(prefetch, fhirServer=FHIR))


async def test_what_a_server_did_not_answer_is_unknown_again(tmp_path: Path) -> None:
    """For the same reason: nothing else is needed for the same bytes."""
    prefetch = CHART.prefetch(observations=LEFT_OUT, questionnaireResponses=LEFT_OUT)
    archive = await _archived(tmp_path, CHART, prefetch, Observation=DOWN, QuestionnaireResponse=DOWN)

    assert "server-error" in str(archive.decision.sources)
    assert (await archive.found())["result"] == "same"


async def test_what_a_server_answered_is_not_made_up(tmp_path: Path) -> None:
    """The sentence names the sources, and nothing is compared."""
    archive = await _archived(tmp_path, CHART, CHART.prefetch(conditions=LEFT_OUT, observations=LEFT_OUT))
    found = await archive.replay()

    assert (found.exit_code, found.stdout) == (CANNOT, "")
    assert "The FHIR server was asked for conditions, observations, and what it answered is not in" in found.stderr
    assert "--fetched" in found.stderr


async def test_with_what_the_server_answered_the_answer_is_the_same(tmp_path: Path) -> None:
    """A whole chart that was fetched, with one source that was not answered."""
    archive = await _archived(tmp_path, CHART, None, Observation=DOWN)
    kept = CHART.prefetch(observations=LEFT_OUT)
    found = await archive.replay("--fetched", archive.file("fetched.json", kept))
    less = await archive.found("--fetched", archive.file("fetched.json", kept | {"conditions": searchset([])}))

    assert (found.exit_code, found.stderr) == (SAME, "")
    assert less["result"] == "differs"


async def test_the_rest_of_a_page_that_was_prefetched_is_taken_too(tmp_path: Path) -> None:
    """What came with the call stays; what was fetched after it is added."""
    first, *rest = CHART.of_type("Condition")
    link = [{"relation": "next", "url": f"{FHIR}/Condition?page=2"}]
    prefetch = CHART.prefetch(conditions=searchset([first], link=link))
    archive = await _archived(tmp_path, Chart(tuple(rest)), prefetch)
    found = await archive.found("--fetched", archive.file("fetched.json", {"conditions": searchset(rest)}))

    assert found["result"] == "same"


async def test_of_several_searches_some_may_have_failed(tmp_path: Path) -> None:
    """Laboratory values were had, vital signs not: that the replay has neither is said, and how to give it one."""
    site, values = Site(tmp_path, "epic"), [observation("17861-6", valueQuantity={"value": 13.5, "unit": "mg/dL"})]
    chart = CHART.with_(*values)
    body = call_of(chart.prefetch(observations=LEFT_OUT), fhirServer=FHIR)
    with respx.mock(assert_all_called=False) as server:
        server.route(url__regex="category=vital-signs").mock(return_value=DOWN)
        server.route(url__startswith=FHIR).mock(side_effect=serving(chart))
        response = await site.post(body)
    settings = Settings(clients=site.registry, database=f"sqlite:///{tmp_path}/store.sqlite3")
    (decision,) = await decisions_in(settings)
    archive = Archive(tmp_path, settings, json.dumps(body).encode(), response.content, decision)
    fetched = archive.file("fetched.json", {"observations": searchset(chart.of_type("Observation"))})
    without, having = await archive.found(), await archive.found("--fetched", fetched)

    assert '[["Observation","server-error"]]' in str(decision.sources)
    assert (without["result"], having["result"]) == ("differs", "same")
    assert without["notRebuilt"] == [
        "Observation is asked in 2 searches, and not all of them need have failed: see --fetched."
    ]


@pytest.mark.parametrize(
    "content, sentence",
    [(b"[]", "is no JSON object of prefetch keys"), (b'{"odd": 1}', "1 keys are none of prefetch: patient, cond")],
    ids=["list", "key"],
)
async def test_a_file_that_holds_no_answers_is_said(tmp_path: Path, content: bytes, sentence: str) -> None:
    """By what it should hold."""
    archive = await _archived(tmp_path, CHART, None)
    found = await archive.replay("--fetched", archive.file("fetched.json", content))

    assert (found.exit_code, found.stdout, sentence in found.stderr) == (CANNOT, "", True)


async def test_an_answer_that_can_not_be_read_is_as_unknown_as_it_was(tmp_path: Path) -> None:
    """What is no resource at all, and what is one of another type."""
    archive = await _archived(tmp_path, CHART, CHART.prefetch(observations=LEFT_OUT))
    for odd in ("[]", CHART.resources[0]):
        found = await archive.found("--fetched", archive.file("fetched.json", {"observations": odd}))
        assert found["result"] == "differs"
