"""docs/architecture.md and CONTRIBUTING.md name only what exists, and a new FHIR source is complete."""

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from cards.words import Language, words_in
from cds_service.cli.main import COMMANDS
from cds_service.demo.search_index import SEARCHABLE
from cds_service.fhir.chart.sources import SOURCES
from cds_service.fhir.pages import summary
from rules.facts import Kind

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("docs/architecture.md", "CONTRIBUTING.md")
PACKAGES = ("", "cds_service", "cds_service/fhir", "cds_service/fhir/chart")
"""Folders that a shortened path of the documents may begin in."""


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def _tracked() -> tuple[str, ...]:
    folders = ("cards", "cds_service", "docs", "rules", "tests", "tools")
    below = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return tuple(path.relative_to(ROOT).as_posix() for path in (*below, *ROOT.iterdir()))


def _paths(text: str) -> set[str]:
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return set(re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:py|toml|csv|md|yaml))`", prose))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_of_the_document_exists(name: str) -> None:
    """From the root, or from cds_service where the document says so; a bare file name exists somewhere."""
    missing = []
    for path in sorted(_paths(_text(name))):
        if "/" not in path.rstrip("/"):
            found = any(f"/{tracked}".endswith(f"/{path.rstrip('/')}") for tracked in _tracked())
        else:
            found = any((ROOT / package / path).exists() for package in PACKAGES)
        if not found:
            missing.append(path)

    assert missing == []


def test_every_module_in_the_life_of_a_call_exists() -> None:
    """The diagram abbreviates folders."""
    diagram = _text("docs/architecture.md").split("```")[1]
    modules = set(re.findall(r"[\w/]+\.py", diagram))

    assert modules
    assert {each for each in modules if not any(f"/{path}".endswith(f"/{each}") for path in _tracked())} == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_and_command_of_the_document_exists(name: str) -> None:
    """As `make help` and the command's own list have them."""
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE))
    named = {word for found in re.findall(r"`make ([a-z -]+)`", _text(name)) for word in found.split()}
    commands = set(re.findall(r"recurrence-cds ([a-z-]+)", _text(name)))

    assert named <= targets
    assert commands <= set(COMMANDS)


def test_the_import_contract_of_the_document_is_that_of_the_project() -> None:
    """Layer by layer."""
    block = next(part for part in _text("docs/architecture.md").split("```") if part.startswith("toml"))
    shown = tomllib.loads(block.removeprefix("toml"))["tool"]["importlinter"]["contracts"]
    held = tomllib.loads(_text("pyproject.toml"))["tool"]["importlinter"]["contracts"]

    assert [contract for contract in held if contract["id"] in {each["id"] for each in shown}] == shown


def test_the_example_of_contributing_runs() -> None:
    """As it is written."""
    example = next(part for part in _text("CONTRIBUTING.md").split("```") if part.startswith("python\n"))
    done = subprocess.run(  # noqa: S603 - our own example
        [sys.executable, "-c", example.removeprefix("python\n")], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_a_kind_of_record_has_every_place_that_a_source_needs(kind: Kind) -> None:
    """Its query, its summary, its reader, its name in every language, its search in the demo."""
    reading = _text("cds_service/fhir/reading/facts.py") + _text("cds_service/fhir/reading/care.py")
    places = {
        "query": kind.value in {source.resource_type for source in SOURCES},
        "summary": hasattr(summary, kind.value),
        "reader": f"Kind.{kind.name}" in reading,
        "search in the demo": kind.value in SEARCHABLE,
        **{f"name in {language}": kind.value in words_in(language).tables["source"] for language in Language},
    }

    assert {place for place, is_there in places.items() if not is_there} == set()
