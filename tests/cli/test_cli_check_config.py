"""`recurrence-cds check-config`: every mistake at once, or a table; never a key.

It must not start a service.
It tests cds_service/cli/check_config.py.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cds_service.cli.main import app
from tests.tokens import AUDIENCE, ISS, JKU, a_key, a_registry, entry_of, public, toml_of

PREFIX = "RECURRENCE_CDS_"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    monkeypatch.setattr(os, "environ", {**kept, "COLUMNS": "200"})


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ("check-config", *arguments))


def _config(folder: Path, **settings: object) -> str:
    path = folder / "settings.toml"
    path.write_text(toml_of(settings), encoding="utf-8")
    return str(path)


def test_settings_without_a_mistake_are_ok() -> None:
    """Also those that nobody made."""
    shown = _run()

    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "ok: development, 0 registered clients\n", "")


def test_a_registry_without_a_mistake_is_shown_as_a_table(tmp_path: Path) -> None:
    """Whom we know, by what, and what each may name; no key."""
    north = entry_of(fhir_servers=["https://ehr.example/fhir"], time_zone="Europe/Berlin", profile="epic")
    more: dict[str, Any] = {"shadow_rules": ["LOC-1", "BONE-3"], "quiet": {"days": {"not-now": 5}}}
    south = entry_of("south", jku=JKU, iss="https://south.example", fhir_servers=[], **more)
    registry = a_registry(tmp_path, north, south)

    shown = _run("--config", _config(tmp_path, profile="production", clients=str(registry)))

    assert shown.exit_code == 0
    assert shown.stdout.startswith("ok: production, 2 registered clients\n")
    words = shown.stdout.replace("\n", " ")
    for said in ("north", "south", ISS, AUDIENCE, "1 in the registry", f"from {JKU}", "none", "epic", "Europe/Berlin"):
        assert said in words
    for said in ("not kept here", "everybody; days: already-worked-up 90", "not-now 5", "BONE-3, LOC-1"):
        assert said in words
    assert str(public()["x"])[:12] not in words
    assert not (tmp_path / "state").exists()


def test_all_mistakes_are_printed_with_their_lines(tmp_path: Path) -> None:
    """Of the environment, of the file and of the registry; the private key that somebody put there is not."""
    private = {**a_key().as_dict(private=True), "alg": "ES384"}
    registry = a_registry(tmp_path, entry_of("North", keys=(private,)))
    os.environ.update({f"{PREFIX}PROFILE": "prod", f"{PREFIX}PROFLE": "demo"})

    shown = _run("--config", _config(tmp_path, max_pages=0, clients=str(registry)))

    settings = tmp_path / "settings.toml"
    assert shown.exit_code == 1
    assert shown.stdout == ""
    misspelt, profile, pages, name, key = shown.stderr.splitlines()
    assert misspelt == "RECURRENCE_CDS_PROFLE is no setting of this version"
    assert profile.startswith("profile: ")
    assert profile.endswith("(RECURRENCE_CDS_PROFILE)")
    assert pages.endswith(f"({settings}, line 1)")
    assert name.startswith(f"{registry}, line 2: id must be of a-z")
    assert key.startswith(f"{registry}, line 5: the key is a private or symmetric key")
    assert not [value for value in private.values() if len(str(value)) > 6 and str(value) in shown.stderr]


def test_a_misspelt_variable_alone_is_a_mistake() -> None:
    """Its default would count in silence."""
    os.environ[f"{PREFIX}PROFLE"] = "demo"

    assert (_run().exit_code, _run().stderr) == (1, "RECURRENCE_CDS_PROFLE is no setting of this version\n")


def test_a_registry_is_looked_at_also_where_the_settings_have_other_mistakes(tmp_path: Path) -> None:
    """Named in the environment; what rests on the settings is left out then."""
    os.environ.update({f"{PREFIX}MAX_PAGES": "0", f"{PREFIX}CLIENTS": str(a_registry(tmp_path, "[[clients]]"))})

    lines = _run().stderr.splitlines()

    assert lines[0].startswith("max_pages: ")
    assert [line for line in lines if "iss is missing" in line]
    assert not [line for line in lines if "audience" in line]


@pytest.mark.parametrize("text", ["max_pages = ", "clients = 1"])
def test_a_settings_file_that_can_not_be_read_is_one_mistake(text: str, tmp_path: Path) -> None:
    """There is no registry to look at."""
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")

    shown = _run("--config", str(path))

    assert (shown.exit_code, len(shown.stderr.splitlines())) == (1, 1)


def test_the_settings_file_of_the_environment_is_checked_too(tmp_path: Path) -> None:
    """A container has no arguments of its own."""
    os.environ[f"{PREFIX}CONFIG"] = _config(tmp_path, profile="production")

    assert "clients: is missing: production serves registered clients only" in _run().stderr
