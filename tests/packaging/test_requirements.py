"""The requirement files: what is asked for, what is pinned, and that the pins tell nothing about who compiled them.

It must not ask a package index.
It is itself a test.
"""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
REQUIREMENTS = REPOSITORY / "requirements"
GROWING = ("runtime", "build", "dev", "slow")
COMPILED = (*GROWING, "assets")


def asked(text: str) -> dict[str, str]:
    """Each package that a .in file asks for, with the comment beside it."""
    return dict(re.findall(r"^(\w[\w.-]*)[^#\n]*#?[ ]*(.*)$", text, re.MULTILINE))


def pins(name: str) -> dict[str, str]:
    """Each package of a compiled file with its pinned version."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", (REQUIREMENTS / f"{name}.txt").read_text("utf-8"), re.MULTILINE))


def test_the_metadata_and_the_requirement_file_ask_for_the_same_packages() -> None:
    """A dependency of the wheel is one of runtime.in, and the other way round."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {re.match(r"[\w.-]+", entry).group() for entry in project["dependencies"]}  # type: ignore[union-attr]
    assert declared == set(asked((REQUIREMENTS / "runtime.in").read_text("utf-8")))


@pytest.mark.parametrize("name", COMPILED)
def test_each_package_that_is_asked_for_says_why_and_is_pinned(name: str) -> None:
    """One line, one package, one reason; and the compiled file holds a version of it."""
    packages = asked((REQUIREMENTS / f"{name}.in").read_text("utf-8"))
    assert [package for package, reason in packages.items() if not reason] == []
    assert {package.lower().replace(".", "-") for package in packages} <= set(pins(name))


@pytest.mark.parametrize("name", COMPILED)
def test_every_pin_has_hashes_and_no_file_names_a_host_or_a_folder(name: str) -> None:
    """Installation checks each file; the compiled list can be read by anybody without learning where it was made."""
    text = (REQUIREMENTS / f"{name}.txt").read_text("utf-8")
    hashed = re.findall(r"^([\w.-]+)==[^\n]*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert hashed == list(pins(name))
    assert re.findall(r"://|index-url|find-links|(?<![\w.])/\w", text) == []


def test_the_larger_environments_pin_the_same_versions_as_the_smaller() -> None:
    """One environment grows from setup to test to test-slow without changing what was there."""
    slow = pins("slow").items()
    assert [name for name in GROWING if pins(name).items() - slow] == []
