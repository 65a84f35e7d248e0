"""Only the newest usable body heights are read, because a chart may hold hundreds."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.fhir.candidates.candidates import EvidenceCandidates
from cds_service.fhir.pages.page import Page, read_page
from cds_service.fhir.reading.facts import read_facts
from rules.assess import assess
from rules.case import Case
from rules.codes import HEIGHT
from rules.facts import Facts
from rules.weight.series import height
from tests.builders import DAY, LOINC, Resource, condition, observation, searchset

OWN = {"reference": "Patient/p1"}
CANCER = condition("C50.911", "2019-01-01", id="cancer", subject=OWN)


def body_height(name: str, when: str | None, value: object = 1.7, unit: str | None = "m", **more: object) -> Resource:
    """A body height."""
    quantity = {"value": value, **({"unit": unit} if unit else {})}
    return observation("8302-2", when, system=LOINC, id=name, subject=OWN, valueQuantity=quantity, **more)


def facts_of(*resources: Resource, as_of: date | None = DAY) -> Facts:
    """What is read of a page with a cancer beside these."""
    pool = EvidenceCandidates("p1", as_of=as_of)
    page = read_page(json.dumps(searchset([CANCER, *resources])).encode())
    assert isinstance(page, Page)
    pool.add_page(page)
    return read_facts(pool)


def heights(*resources: Resource) -> list[str]:
    """The references of those that are read."""
    return [record.reference for record in facts_of(*resources).records if HEIGHT in record.concepts]


@pytest.mark.parametrize(
    "newest",
    [
        body_height("x", "2026-05-02", unit=None),
        body_height("x", "2026-05-02", unit="furlong"),
        body_height("x", "2026-05-02", value=0),
        body_height("x", "2026-05-02", status="entered-in-error"),
        body_height("x", "2026-09-01"),
        observation("8302-2", "2026-05-02", id="x", subject=OWN, valueString="tall"),
        body_height("x", "2026-05-02", value=168, unit="in"),
    ],
)
def test_older_ones_are_read_until_those_of_three_days_can_be_used(newest: Resource) -> None:
    """No unit, an odd one, no length, an error, one of the future, a text, an impossible one."""
    older = [body_height(f"h{year}", f"{year}-03-01") for year in (2016, 2018, 2022, 2020)]

    read = {"Observation/h2022", "Observation/h2020", "Observation/h2018"}
    assert set(heights(*older)) == read
    assert set(heights(*older, newest)) - {"Observation/x"} == read


def test_all_of_its_day_are_read_and_all_whose_day_is_not_plain() -> None:
    """Which of a day counts is the rules' to say; a month or no date at all may be newer."""
    found = heights(
        body_height("morning", "2026-05-02T08:00:00Z"),
        body_height("evening", "2026-05-02T20:00:00Z", 1.69),
        body_height("month", "2024-03"),
        body_height("ever", None),
        *(body_height(f"day{day}", f"2026-04-0{day}") for day in (1, 2, 3)),
    )

    plain = [f"Observation/day{day}" for day in (2, 3)]
    assert found == [*plain, "Observation/evening", "Observation/ever", "Observation/month", "Observation/morning"]


def test_a_height_beside_another_measurement_is_read() -> None:
    """In a component, or under a code that is another's too: nothing else in the resource is lost."""
    both = body_height("both", "2019-01-01")
    both["code"]["coding"].append({"system": LOINC, "code": "29463-7"})
    panel = body_height("panel", "2019-01-01", component=[{"code": {"text": "x"}}])

    assert heights(body_height("newest", "2026-05-02"), both, panel) == [
        "Observation/both",
        "Observation/newest",
        "Observation/panel",
    ]


MADE = st.builds(
    body_height,
    st.sampled_from("abcdef"),
    st.sampled_from([None, "2026", "2026-05", "2026-05-02", "2026-05-02T08:00:00Z", "2025-02-01", "2026-06-16", "x"]),
    st.sampled_from([1.7, 170, 1.95, 1.2, 120, 0, -1, 10**13, "x"]),
    st.sampled_from(["m", "cm", "x", None]),
    status=st.sampled_from(["final", "entered-in-error", "unknown", "odd"]),
)


@given(st.lists(MADE, max_size=6))
def test_the_rules_see_the_same_height(resources: list[Resource]) -> None:
    """As if all were read."""
    some, every = facts_of(*resources), facts_of(*resources, as_of=None)

    assert height(Case(some, DAY)) == height(Case(every, DAY))
    assert [site.outcome for site in assess(some, DAY).sites] == [site.outcome for site in assess(every, DAY).sites]
