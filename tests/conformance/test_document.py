"""docs/conformance.md: every requirement on a service is shown by something, and every check is explained.

It must not be changed to fit the document: the document follows the code.
It tests docs/conformance.md.
"""

import re
from pathlib import Path

import pytest

from cds_service.cli.conformance import SANDBOX
from cds_service.conformance import run
from cds_service.conformance.registry import CHECKS

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
ASKED = {"SHALL", "SHALL NOT", "SHOULD", "RECOMMENDED"}


def _table(name: str) -> list[list[str]]:
    text = DOCUMENT.partition(f"<!-- {name} -->\n")[2].partition("\n<!-- end -->")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


ROWS = _table("rows")


def _named(proof: str) -> list[str]:
    return re.findall(r"`([^`]+)`", proof)


def test_every_row_of_the_standard_stands_once_and_in_order() -> None:
    """All 108."""
    assert [int(row[0]) for row in ROWS] == list(range(1, 109))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_what_is_asked_of_a_service_is_shown_by_a_check_a_test_or_a_review_with_its_reason(row: list[str]) -> None:
    """A row on somebody else may have none."""
    _, who, level, _, proof = row
    assert who in ("service", "client", "-")
    if who == "service" and level in ASKED:
        assert _named(proof) or re.search(r"review: \w+", proof)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_a_row_names_the_checks_that_name_it(row: list[str]) -> None:
    """All of them, and no other."""
    number, proof = int(row[0]), row[4]

    assert [name for name in _named(proof) if "::" not in name] == [c.id for c in CHECKS if number in c.rows]


def test_every_test_that_a_row_names_is_there() -> None:
    """A test that is renamed takes its row along."""
    for row in ROWS:
        for file, _, test in (name.partition("::") for name in _named(row[4]) if "::" in name):
            assert re.search(rf"^(?:async )?def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), row


def test_every_test_of_a_row_stands_in_the_document() -> None:
    """Those of test_inside.py, which are there for nothing else."""
    tests = re.findall(r"def (test_rows?_\w+)", Path(__file__).with_name("test_inside.py").read_text(encoding="utf-8"))

    assert [test for test in tests if test not in DOCUMENT] == []


def test_every_check_is_explained_as_the_registry_has_it() -> None:
    """Number of checks, id, rows, level, version, words."""
    written = [
        [f"`{check.id}`", ", ".join(map(str, check.rows)), check.level.value, check.since, check.requirement]
        for check in CHECKS
    ]

    assert _table("checks") == written
    assert f"judges what comes back by {len(CHECKS)} checks" in DOCUMENT


def test_the_command_and_the_run_mean_the_same_page() -> None:
    """It is written twice, so that `--help` imports nothing."""
    assert SANDBOX == run.SANDBOX
