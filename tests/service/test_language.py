"""The language of an answer: the client's own, or that of the setting.

It must not test the words: tests/cards/test_languages.py and tests/cards/test_german_cards.py do.
It tests cds_service/clients/presentation.py, hooks/context.py and evaluation/response.py through service and command.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cards.words import Language
from cds_service.cli.main import app
from cds_service.clients.registry_schema import ClientEntry
from tests.builders import DAY, Resource, a_patient, answer_to, call_of, condition
from tests.service.registered import Site

pytestmark = pytest.mark.anyio
CHART = a_patient().with_history().with_lump().with_(condition("R51.9", "2026-06-10"))
TEXTS = {"summary", "detail", "label", "display", "description", "text"}
"""The elements of an answer that a language may change."""
WISHED = "org.recurrence-cds.demo"
ENGLISH = "New lump in the left breast after breast cancer 2019: consider breast imaging work-up"
GERMAN = "Neuer Knoten in der linken Brust nach Brustkrebs 2019: Bildgebung der Brust erwägen"


async def answered(language: str) -> Resource:
    """The answer to a caller that nobody registered."""
    response = await answer_to(call_of(CHART.prefetch()), language=language)
    assert response.status_code == 200, response.text
    found: Resource = response.json()
    return found


def differing(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, str, object]]:  # noqa: ANN401 - JSON
    """Where two answers differ: the path, its last element, and what the second one has."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differing(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for here, there in zip(one, other, strict=True):
            yield from differing(here, there, path)
    elif one != other:
        yield path, path.rpartition(".")[2], other


async def test_nothing_but_text_depends_on_the_language() -> None:
    """Trace, uuids, codes with their displays, levels and references are byte for byte the same."""
    english, german = await answered("en"), await answered("de")
    found = list(differing(english, german))

    assert {element for _, element, _ in found} == TEXTS
    paths = {path for path, element, _ in found if element == "display"}
    assert paths == {".cards.source.topic.display", ".cards.overrideReasons.display"}
    assert json.dumps(english["extension"]) == json.dumps(german["extension"])
    traces = [[json.dumps(card["extension"]) for card in answer["cards"]] for answer in (english, german)]
    assert traces[0] == traces[1]


async def test_everything_that_a_clinician_reads_is_in_the_language_of_the_setting() -> None:
    """Cards, suggestions, the name of the order, reasons to override, topic and source; displays stay the system's."""
    (brain, local) = sorted((await answered("de"))["cards"], key=lambda card: card["source"]["topic"]["code"])
    order = local["suggestions"][0]["actions"][0]

    assert local["summary"] == GERMAN
    assert brain["source"]["topic"]["display"] == "Gehirn"
    assert local["source"]["label"] == "Abklärung auf Brustkrebsrezidiv (Regelentwurf, nicht ärztlich freigegeben)"
    assert local["overrideReasons"][0]["display"] == "Bereits abgeklärt"
    names = (local["suggestions"][0]["label"], order["description"], order["resource"]["code"]["text"])
    assert set(names) == {"Diagnostische Mammographie"}
    assert order["resource"]["reasonCode"][0]["coding"][0]["display"].startswith("Unspecified lump in the left breast")


@pytest.mark.parametrize("entry, summary", [({"language": "de"}, GERMAN), ({}, ENGLISH)], ids=str)
async def test_the_language_of_a_client_is_that_of_its_entry(
    tmp_path: Path, entry: dict[str, Any], summary: str
) -> None:
    """Whatever a call of it asks for; without one it is the setting's."""
    site = Site(tmp_path, **entry)
    other = "en" if entry else "de"

    response = await site.post(call_of(CHART.prefetch(), extension={WISHED: {"language": other}}))

    assert summary in {card["summary"] for card in response.json()["cards"]}


async def test_the_card_of_a_chart_that_can_not_be_read_is_in_the_language_too() -> None:
    """Its only words are ours."""
    response = await answer_to(call_of({}), language="de", on_missing="card")

    (card,) = response.json()["cards"]
    assert card["summary"].startswith("Prüfung auf Brustkrebsrezidiv war nicht möglich")
    assert card["source"]["topic"]["display"] == "Unvollständig"


def test_the_registry_takes_every_language_that_there_is() -> None:
    """And no other."""
    (choice, _) = ClientEntry.model_json_schema()["properties"]["language"]["anyOf"]

    assert choice["enum"] == [language.value for language in Language]


def run(tmp_path: Path, *arguments: str) -> str:
    """What the command prints for a chart that is sent as lines."""
    file = tmp_path / "chart.ndjson"
    file.write_text("\n".join(map(json.dumps, CHART.resources)), encoding="utf-8")
    found = CliRunner().invoke(app, ["evaluate", str(file), "--as-of", DAY.isoformat(), *arguments])
    assert found.exit_code == 0, found.stderr
    return found.stdout


def test_a_chart_in_a_file_can_be_evaluated_in_both_languages(tmp_path: Path) -> None:
    """As JSON it is the answer itself; the default is English."""
    german, english = (json.loads(run(tmp_path, "--json", *more)) for more in (("--language", "de"), ()))

    assert GERMAN in {card["summary"] for card in german["cards"]}
    assert ENGLISH in {card["summary"] for card in english["cards"]}
    assert german["extension"] == english["extension"]
    assert "Bereits abgeklärt" in run(tmp_path, "--language", "de")


def test_the_reasons_of_the_rules_are_in_the_language_too(tmp_path: Path) -> None:
    """Ids, concepts and outcomes are names of ours and stay."""
    file = tmp_path / "more.ndjson"
    chart = CHART.with_(condition("G43.909", "2012-01-01"))
    file.write_text("\n".join(map(json.dumps, chart.resources)), encoding="utf-8")
    said = [
        CliRunner().invoke(
            app, ["evaluate", str(file), "--as-of", DAY.isoformat(), "--json", "--explain", "--language", language]
        )
        for language in ("en", "de")
    ]
    english, german = (json.loads(each.stdout)["rules"] for each in said)

    assert [(rule["id"], rule["outcome"]) for rule in english] == [(rule["id"], rule["outcome"]) for rule in german]
    assert any("Migräne" in why for rule in german for why in rule["why"])
    assert any("migraine" in why for rule in english for why in rule["why"])
