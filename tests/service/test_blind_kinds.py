"""Charts of tests/kinds, written from the rules and not from the code.

Each goes one way into the service, chosen by its place in the list; the slow tests try every way.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import respx
from typer.testing import CliRunner

from cds_service.cli.main import app
from cds_service.fhir.chart.sources import SOURCES
from tests.builders import EXTENSION, FHIR, PATIENT, answer_to, call_of, concept, searchset
from tests.service.test_vignettes import key_of

pytestmark = pytest.mark.anyio
FOLDER = Path(__file__).parent.parent / "kinds"
CHARTS = [json.loads(line) for kind in sorted(FOLDER.glob("*.jsonl")) for line in kind.read_text().splitlines()]
OWNER = {"subject": {"reference": "Patient/p1"}}
HISTORY = [
    {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1966-01-01"},
    {"resourceType": "Condition", "id": "ca", "code": concept("C50.412"), "onsetDateTime": "2019-03-10", **OWNER},
    {
        "resourceType": "Procedure",
        "id": "op",
        "status": "completed",
        "code": concept("392021009", "http://snomed.info/sct"),
        "performedDateTime": "2019-04-08",
        **OWNER,
    },
]
WAYS = ("prefetch", "fetch", "evaluate")


@dataclass(frozen=True)
class Found:
    """What came out of a chart."""

    cards: dict[str, str]
    state: str
    said: bool
    orders: list[str]
    summaries: str


def _prefetch(chart: dict[str, Any]) -> dict[str, Any]:
    if "prefetch" in chart:
        given: dict[str, Any] = chart["prefetch"]
        return given
    resources = [*(HISTORY if chart["history"] else []), *chart["resources"]]
    of = {s.key: [each for each in resources if each["resourceType"] == s.resource_type] for s in SOURCES}
    return {key: found[0] if key == "patient" else searchset(found) for key, found in of.items()}


def _found(answer: dict[str, Any]) -> Found:
    trace = answer["extension"][EXTENSION]
    cards = {card["source"]["topic"]["code"]: card["indicator"] for card in answer["cards"]}
    orders = [a["resource"] for c in answer["cards"] for s in c.get("suggestions", ()) for a in s["actions"]]
    return Found(
        cards={topic: level for topic, level in cards.items() if topic != "incomplete"},
        state=trace["state"],
        said="incomplete" in cards or bool(trace.get("notAssessable")),
        orders=sorted({key_of(order) for order in orders}),
        summaries=" ".join(card["summary"] for card in answer["cards"]),
    )


def _check(answer: dict[str, Any], chart: dict[str, Any]) -> None:
    found = _found(answer)
    assert any(_meets(found, wanted) for wanted in chart["expected"].split("|")), found
    assert chart.get("state", found.state) == found.state
    assert chart.get("orders", found.orders) == found.orders
    assert chart.get("text", "") in found.summaries
    assert "absent" not in chart or chart["absent"] not in found.summaries


def _meets(found: Found, wanted: str) -> bool:
    levels = {} if wanted in ("none", "said") else dict(part.split("=") for part in wanted.split(","))
    return found.cards == levels and (found.said or wanted != "said")


def _settings(chart: dict[str, Any]) -> dict[str, Any]:
    return {name: frozenset(chart[name]) for name in ("icd10_systems",) if name in chart}


async def _called(chart: dict[str, Any], prefetch: dict[str, Any] | None, **more: object) -> None:
    context = {"userId": "Practitioner/1", "patientId": chart.get("patient", PATIENT)}
    response = await answer_to(call_of(prefetch, context=context, **more), **_settings(chart))

    assert response.status_code == chart.get("status", 200)
    if response.status_code == httpx.codes.OK:
        _check(response.json(), chart)


async def _fetched(chart: dict[str, Any]) -> None:
    sent = _prefetch(chart)
    by_type = {source.resource_type: sent.get(source.key) for source in SOURCES}

    def answer(request: httpx.Request) -> httpx.Response:
        kind = urlsplit(str(request.url)).path.removeprefix("/fhir/").partition("/")[0]
        return httpx.Response(200, json=by_type.get(kind) or searchset([]))

    with respx.mock(assert_all_called=False) as server:
        server.route(url__startswith=FHIR).mock(side_effect=answer)
        await _called(chart, None, fhirServer=FHIR)


def _evaluated(chart: dict[str, Any], folder: Path) -> None:
    files = {"chart": chart["bundle"]} if "bundle" in chart else _prefetch(chart)
    for name, content in files.items():
        if content is not None:
            (folder / f"{name}.json").write_text(json.dumps(content))
    found = CliRunner().invoke(app, ["evaluate", str(folder), "--as-of", chart["as_of"], "--json"])
    _check(json.loads(found.stdout.splitlines()[0]), chart)


def _ways(chart: dict[str, Any]) -> tuple[str, ...]:
    if "bundle" in chart:
        return ("evaluate",)
    if "status" in chart or "icd10_systems" in chart:
        return ("prefetch", "fetch")
    return WAYS


async def _go(chart: dict[str, Any], way: str, folder: Path) -> None:
    if way == "prefetch":
        await _called(chart, _prefetch(chart))
    elif way == "fetch":
        await _fetched(chart)
    else:
        _evaluated(chart, folder)


def _first(place: int, chart: dict[str, Any]) -> str:
    """Return the way that `make test` tries."""
    ways = _ways(chart)
    return ways[place % len(ways)]


FIRST = [(chart, _first(place, chart)) for place, chart in enumerate(CHARTS)]
OTHERS = [(chart, way) for chart, first in FIRST for way in _ways(chart) if way != first]


def _name(value: object) -> str:
    return value["id"] if isinstance(value, dict) else str(value)


@pytest.mark.parametrize("chart, way", FIRST, ids=_name)
async def test_a_chart_is_read_as_it_was_meant(chart: dict[str, Any], way: str, tmp_path: Path) -> None:
    """Cards, state, orders and the words of the side."""
    await _go(chart, way, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("chart, way", OTHERS, ids=_name)
async def test_a_chart_is_read_the_same_whichever_way_it_comes(chart: dict[str, Any], way: str, tmp_path: Path) -> None:
    """As prefetch, fetched, and as files of a folder."""
    await _go(chart, way, tmp_path)
