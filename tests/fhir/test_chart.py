"""A chart from prefetch and server: each source known, empty, or unknown with its reason."""

import json
from typing import Any

import httpx
import pytest
import respx
from msgspec import Raw

from cds_service.config.settings import Settings
from cds_service.errors import WrongPatient
from cds_service.fhir.chart.chart import Chart, Request, load_chart
from cds_service.fhir.chart.concurrent_fetch import FetchDeadlines
from cds_service.fhir.chart.sources import SOURCES, Need, Source
from cds_service.security.egress import FhirClient
from rules.facts import Gap
from tests.builders import DAY, FHIR, PATIENT, a_patient, searchset, serving

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()
SEARCHES = [source for source in SOURCES if not source.is_read]
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
NEXT = [{"relation": "next", "url": f"{FHIR}/more"}]


async def chart_of(prefetch: dict[str, Any], *, server: bool = False, **faults: httpx.Response) -> Chart:
    """The chart of a call with this prefetch, with or without a server that holds the chart with the lump."""
    raw = {key: Raw(json.dumps(value).encode()) for key, value in prefetch.items()}
    client = FhirClient(Settings().egress_options())
    access = client.access(FHIR) if server else None
    with respx.mock(assert_all_called=False) as mock:
        mock.route(url__startswith=FHIR).mock(side_effect=serving(LUMP, **faults))
        chart = await load_chart(Request(PATIENT, raw, access, DAY), client, FetchDeadlines(2.0, 2.0))
    await client.close()
    return chart


def unknown(chart: Chart) -> tuple[Gap, ...]:
    """The sources of a chart that were not seen, those that no card mentions at the end."""
    return (*chart.gaps, *chart.optional)


def without(source: Source) -> dict[str, Any]:
    """The prefetch without one source."""
    return {key: value for key, value in LUMP.prefetch().items() if key != source.key}


async def test_a_chart_that_is_prefetched_whole_has_no_gaps_and_asks_nobody() -> None:
    """Also where a server could be asked."""
    for server in (False, True):
        chart = await chart_of(LUMP.prefetch(), server=server)

        assert (chart.gaps, chart.partial, chart.fetched, chart.pool.seen) == ((), (), 0, len(LUMP.resources))


@pytest.mark.parametrize("source", SEARCHES, ids=lambda source: source.key)
@pytest.mark.parametrize("value", [None, searchset([]), {"resourceType": "Bundle", "entry": [{"search": {}}]}])
async def test_null_and_an_empty_bundle_are_known(source: Source, value: object) -> None:
    """Somebody looked and found nothing."""
    chart = await chart_of(without(source) | {source.key: value}, server=True)

    assert chart.gaps == ()
    assert chart.fetched == 0


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
async def test_a_missing_key_is_asked_for_where_there_is_a_server(source: Source) -> None:
    """Else it is a gap."""
    assert unknown(await chart_of(without(source))) == (Gap(source.resource_type, "not-fetched"),)

    chart = await chart_of(without(source), server=True)

    assert (unknown(chart), chart.fetched) == ((), 1)
    assert chart.pool.seen == len(LUMP.resources)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
@pytest.mark.parametrize(
    "value, reason, again",
    [
        (OUTCOME, "operation-outcome", False),
        ("<html>", "not-fhir", True),
        (5, "not-fhir", True),
        ({}, "not-fhir", True),
        ({"resourceType": "Bundle", "entry": 5}, "not-fhir", True),
        ({"resourceType": "Parameters"}, "wrong-type", True),
        (searchset([], link=NEXT), "next-page", True),
    ],
)
async def test_an_unreadable_value_is_a_gap_or_asked_for_again(
    source: Source,
    value: object,
    reason: str,
    again: bool,  # noqa: FBT001
) -> None:
    """An OperationOutcome is not: the client has looked already."""
    if source.is_read and reason == "next-page":
        return
    prefetch = LUMP.prefetch(**{source.key: value})

    assert unknown(await chart_of(prefetch)) == (Gap(source.resource_type, reason),)

    chart = await chart_of(prefetch, server=True)

    assert unknown(chart) == (() if again else (Gap(source.resource_type, reason),))
    assert chart.fetched == int(again)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
async def test_a_source_that_fails_is_a_gap_and_the_others_are_there(source: Source) -> None:
    """By the reason of the failure."""
    chart = await chart_of({}, server=True, **{source.resource_type: httpx.Response(503)})

    assert unknown(chart) == (Gap(source.resource_type, "server-error"),)
    assert bool(chart.optional) is (source.need is Need.OPTIONAL)
    assert bool(chart.unknown_required) is (source.need is Need.REQUIRED)
    assert chart.fetched == len(SOURCES)


async def test_a_server_that_answers_with_another_resource_is_a_gap() -> None:
    """It is never read as an empty result."""
    chart = await chart_of({}, server=True, Condition=httpx.Response(200, json={"resourceType": "Parameters"}))

    assert chart.gaps == (Gap("Condition", "wrong-type"),)


async def test_half_a_source_is_none() -> None:
    """The first page came with the call, the second fails: what the first held is not used."""
    prefetch = LUMP.prefetch(conditions=searchset(LUMP.of_type("Condition"), link=NEXT))

    chart = await chart_of(prefetch, server=True, more=httpx.Response(500))

    assert chart.gaps == (Gap("Condition", "server-error"),)
    assert chart.pool.candidates == []


async def test_a_next_link_without_an_address_means_that_there_is_more() -> None:
    """Without a server it is a gap; with one the search is made anew."""
    prefetch = LUMP.prefetch(conditions=searchset([], link=[{"relation": "next"}]))

    assert (await chart_of(prefetch)).gaps == (Gap("Condition", "next-page"),)

    chart = await chart_of(prefetch, server=True)

    assert chart.gaps == ()
    assert len(chart.pool.candidates) == len(LUMP.of_type("Condition"))


@pytest.mark.parametrize("value", [None, searchset([]), searchset([{"resourceType": "Organization"}])])
async def test_a_patient_that_is_not_there_is_a_gap(value: object) -> None:
    """A chart without its patient is nobody's."""
    chart = await chart_of(LUMP.prefetch(patient=value))

    assert chart.gaps == (Gap("Patient", "no-patient"),)
    assert chart.unknown_required == chart.gaps


async def test_a_record_about_somebody_else_refuses_the_whole_chart() -> None:
    """Whether it was sent or fetched."""
    stranger = {"resourceType": "CarePlan", "subject": {"reference": "Patient/p2"}}

    with pytest.raises(WrongPatient):
        await chart_of(LUMP.prefetch(carePlans=searchset([stranger])))
    with pytest.raises(WrongPatient):
        await chart_of({}, server=True, CarePlan=httpx.Response(200, json=searchset([stranger])))


async def test_conditions_that_stand_twice_are_no_history_that_was_looked_for() -> None:
    """A reader keeps the second `entry` and would say in silence that there is no cancer."""
    raw = {key: Raw(json.dumps(value).encode()) for key, value in LUMP.prefetch().items()}
    raw["conditions"] = Raw(bytes(raw["conditions"])[:-1] + b', "entry": []}')
    client = FhirClient(Settings().egress_options())

    chart = await load_chart(Request(PATIENT, raw, None, DAY), client, FetchDeadlines(2.0, 2.0))
    await client.close()

    assert chart.unknown_required == (Gap("Condition", "duplicate-key"),)
