"""The same call gives the same bytes: whatever the order, the number of copies, the pages, or what went before."""

import json
import random
from typing import Any

import httpx
import pytest

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from tests.builders import (
    DAY,
    FHIR,
    LOINC,
    SNOMED,
    URL,
    Resource,
    a_patient,
    answer_to,
    call_of,
    concept,
    condition,
    fetched,
    observation,
    searchset,
    serving,
    topics,
    trace,
    weight,
)

pytestmark = pytest.mark.anyio
NO: dict[str, object] = {"valueBoolean": False}
YES: dict[str, object] = {"valueBoolean": True}
CHART = (
    a_patient()
    .with_history()
    .with_lump()
    .with_(
        condition("R51.9", "2026-06-10", note=[{"text": "worse at night"}]),
        condition("R06.02", "2026-06-10T10:00:00"),
        condition("R11.10", "2024-13-01"),
        condition("R56.9", modifierExtension=[{"url": "x"}]),
        weight(75, "2025-12-01"),
        weight(75.2, "2025-12-01"),
        weight(68, "2026-06-10"),
        weight(-5, "2026-06-11"),
        observation("1742-6", "2026-06-10", valueQuantity={"value": 130, "unit": "U/L"}),
        observation("x", "2026-06-10", system="urn:x", component=[{"code": concept("25064002", SNOMED), **YES}]),
        {"resourceType": "Procedure", "status": "completed", "code": concept("392021009", SNOMED)},
        {"resourceType": "DiagnosticReport", "status": "final", "code": concept("24601-7", LOINC)},
        {"resourceType": "Condition", "code": "odd"},
    )
)
BASE = CHART.prefetch()


def shuffled(value: object, chance: random.Random) -> object:
    """The same JSON with keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(each, chance) for each in value] if isinstance(value, list) else value


def with_entries_shuffled(prefetch: Resource, chance: random.Random) -> Resource:
    """The same prefetch with the entries of each Bundle in another order, some of them twice."""
    mixed: Resource = json.loads(json.dumps(prefetch))
    for value in mixed.values():
        entries: list[Any] = value.get("entry", [])
        entries += chance.sample(entries, len(entries) // 2)
        chance.shuffle(entries)
    return mixed


async def test_the_order_of_keys_and_entries_and_copies_of_them_change_no_byte() -> None:
    """Twenty orders of a chart that has everything, the unreadable included."""
    expected = (await answer_to(call_of(BASE))).content
    assert set(topics(json.loads(expected))) >= {"local", "brain", "lung", "liver", "incomplete"}

    for seed in range(20):
        chance = random.Random(seed)
        body = shuffled(call_of(with_entries_shuffled(BASE, chance)), chance)
        assert (await answer_to(body)).content == expected


async def test_spaces_and_escapes_change_no_byte() -> None:
    """Indented, or every letter beyond ASCII as it is."""
    body = call_of(CHART.with_(condition("N64.4", note=[{"text": "\u00fcber Nacht"}])).prefetch())

    answers = [
        (await answer_to(text.encode())).content
        for text in (json.dumps(body), json.dumps(body, indent=3), json.dumps(body, ensure_ascii=False))
    ]

    assert len(set(answers)) == 1


async def test_what_was_asked_before_changes_no_byte() -> None:
    """One service, other patients and days in between; and a service that has just started."""
    app = create_app(Settings(), FixedClock(DAY))
    transport = httpx.ASGITransport(app)
    bodies = [call_of(BASE), call_of(a_patient().prefetch()), call_of(None), {"hook": "x"}, call_of(BASE)]
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answers = [(await client.post(URL, json=body)).content for body in bodies]

    assert answers[0] == answers[-1] == (await answer_to(call_of(BASE))).content


async def test_pages_and_their_sizes_change_no_byte() -> None:
    """From prefetch, from a server in one page, and from a server that gives one resource a page."""

    def one_by_one(request: httpx.Request) -> httpx.Response:
        kind, _, resource_id = request.url.path.removeprefix("/fhir/").partition("/")
        if resource_id:
            return serving(CHART)(request)
        found, page = CHART.of_type(kind), int(request.url.params.get("page", 0))
        more = [{"relation": "next", "url": f"{FHIR}/{kind}?page={page + 1}"}] if page + 1 < len(found) else []
        return httpx.Response(200, json=searchset(found[page : page + 1], link=more))

    expected = (await answer_to(call_of(BASE))).content

    assert (await fetched(CHART)).content == expected
    assert (await fetched(CHART, answer=one_by_one)).content == expected


@pytest.mark.parametrize(
    "first, second",
    [
        (
            observation("25064002", "2026-06-10", system=SNOMED, id="o", **NO),
            observation("25064002", "2026-06-10", system=SNOMED, id="o", **YES),
        ),
        (condition("R51.9", "2026-06-10", id="c"), condition("R51.9", "2026-06-01", id="c")),
        (condition("R51.9", "2026-06-10", id="c"), condition("R51.9", "2024-13-01", id="c")),
    ],
)
async def test_two_versions_of_a_resource_are_both_read_in_either_order(first: Resource, second: Resource) -> None:
    """One id, two texts: neither hides the other."""
    chart = a_patient().with_history()

    there = await answer_to(call_of(chart.with_(first, second).prefetch()))
    back = await answer_to(call_of(chart.with_(second, first).prefetch()))

    assert there.content == back.content
    assert topics(there.json())["brain"] == "info"


async def test_two_components_of_one_code_are_both_read_in_either_order() -> None:
    """A yes is not lost behind a no."""
    code = {"code": concept("25064002", SNOMED)}
    answers = []
    for values in ((YES, NO), (NO, YES)):
        panel = observation("x", system="urn:x", component=[code | value for value in values])
        answers.append((await answer_to(call_of(a_patient().with_history().with_(panel).prefetch()))).content)

    assert answers[0] == answers[1]
    assert topics(json.loads(answers[0])) == {"brain": "info"}


async def test_resources_without_an_id_that_fail_alike_are_all_said() -> None:
    """Each may have been the one that matters."""
    broken = [condition(code, "2024-13-01", id="") for code in ("R51.9", "R04.2")]
    plain = [{key: value for key, value in each.items() if key != "id"} for each in broken]
    prefetch = a_patient().with_history().prefetch()
    owner = {"subject": {"reference": "Patient/p1"}}
    prefetch["conditions"]["entry"] += [{"resource": {**each, **owner}} for each in plain]

    answer = (await answer_to(call_of(prefetch))).json()

    outcomes = {site["site"]: site["outcome"] for site in trace(answer)["sites"]}
    assert (outcomes["brain"], outcomes["lung"]) == ("cannot-tell", "cannot-tell")
