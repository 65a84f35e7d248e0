"""Each demo chart, opened as a record opens it, gets the card that its portrait promises.

It must not repeat what the rules' own cases test.
It is itself a test.
"""

from datetime import date
from typing import Any

import pytest

from cds_service.demo.charts import ORDER, load_charts
from tests.demo.demo_service import FHIR, SERVICE, TODAY, demo_client

EXPECTED = {
    "brain": [("brain", "critical")],
    "spine": [("bone", "critical")],
    "lung": [("lung", "warning")],
    "liver": [("liver", "warning")],
    "bone": [("bone", "warning")],
    "regional-node": [("regionalnode", "warning")],
    "local": [("local", "warning")],
    "man": [("local", "warning")],
    "metastatic": [("brain", "warning")],
    "already-ordered": [("local", "info")],
    "unreadable": [("incomplete", "info")],
    "silent": [],
    "no-breast-cancer": [],
}
MOMENTS = {
    "Before": [],
    "Card appears": [("bone", "info")],
    "Rises": [("bone", "warning")],
    "Critical": [("bone", "critical")],
    "Eases": [("bone", "warning")],
    "Gone": [],
}
DAYS = [TODAY, date(2024, 2, 29), date(2027, 1, 1)]


async def opened(name: str, today: date = TODAY, as_of: date | None = None) -> dict[str, Any]:
    """Return what the service answers when this chart is opened; it reads the chart over FHIR."""
    wishes = {"extension": {"org.recurrence-cds.demo": {"asOf": as_of.isoformat()}}} if as_of else {}
    request = {
        "hook": "patient-view",
        "hookInstance": "0c7f6a1e-9a3c-4a55-9d8e-0f5d2b7f4a10",
        "fhirServer": FHIR,
        "context": {"userId": "Practitioner/example", "patientId": f"demo-{name}"},
        **wishes,
    }
    async with demo_client(today) as client:
        answer = await client.post(SERVICE, json=request)
    assert answer.status_code == 200
    return dict(answer.json())


def levels(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Return site and level of each card."""
    return [(card["source"]["topic"]["code"], card["indicator"]) for card in answer["cards"]]


@pytest.mark.sweep
@pytest.mark.anyio
@pytest.mark.parametrize("today", DAYS, ids=str)
@pytest.mark.parametrize("name", EXPECTED)
async def test_a_demo_chart_gets_its_card_on_any_day(name: str, today: date) -> None:
    """Site and level are the same whatever day is shown, 29 February included."""
    assert levels(await opened(name, today)) == EXPECTED[name]


@pytest.mark.anyio
@pytest.mark.parametrize("today", DAYS, ids=str)
@pytest.mark.parametrize("label", MOMENTS)
async def test_a_card_appears_rises_and_goes_as_the_day_moves(label: str, today: date) -> None:
    """On the days that the chart names; the chart stays the one of the clock's day."""
    (portrait,) = (each for each in load_charts(today).portraits if each.id == "demo-spine")
    day = {moment.label: moment.as_of for moment in portrait.moments}[label]

    answer = await opened("spine", today, day)

    assert levels(answer) == MOMENTS[label]
    assert answer["extension"]["org.recurrence-cds.assessment"]["asOf"] == day.isoformat()


def test_only_one_chart_names_days_and_all_of_them_are_tested() -> None:
    """A new day needs its line in the table above."""
    named = {
        each.id: [moment.label for moment in each.moments] for each in load_charts(TODAY).portraits if each.moments
    }
    assert named == {"demo-spine": list(MOMENTS)}


@pytest.mark.anyio
async def test_nothing_is_suggested_where_all_is_ordered() -> None:
    """The chart with both orders placed keeps its card, without suggestions."""
    (card,) = (await opened("already-ordered"))["cards"]
    assert not card.get("suggestions")


@pytest.mark.anyio
async def test_a_chart_that_cannot_be_read_in_full_says_what() -> None:
    """The lump without a readable date and the weights without unit are never passed over in silence."""
    trace = (await opened("unreadable"))["extension"]["org.recurrence-cds.assessment"]
    sources = {each["source"] for each in trace["notAssessable"]}
    assert {"Condition/demo-unreadable-lump", "body_weight"} <= sources


def test_every_chart_has_an_expected_answer() -> None:
    """A new chart needs its line in the table above."""
    assert set(EXPECTED) == set(ORDER)
