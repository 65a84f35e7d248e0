"""`recurrence-cds orders`: what a site has mapped, what it has not, and what is wrong with the rest.

It must not start a service.
It tests cds_service/cli/orders.py.
"""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cards.words import english
from cds_service.cli.main import app
from tests.service.registered import Site
from tests.tokens import toml_of

KEYS = len(english().tables["order"])
MAPPED = """
brain_mri = [{ system = "urn:com.example.keys", code = "IMG1", display = "MRI [brain]" }]
cxr = [{ system = "urn:com.example.keys", code = " 2", display = "Chest" }]
"""


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECURRENCE_CDS_")}
    monkeypatch.setattr(os, "environ", {**kept, "COLUMNS": "200"})


def _run(folder: Path, client: str = "north", orders: str = MAPPED) -> Result:
    registry = Site(folder, "epic", orders).registry
    config = folder / "settings.toml"
    config.write_text(toml_of({"clients": str(registry)}), encoding="utf-8")
    return CliRunner().invoke(app, ["orders", client, "--config", str(config)])


def test_each_work_up_key_is_listed_with_the_codes_of_the_site(tmp_path: Path) -> None:
    """Or with what goes out in their place."""
    shown = _run(tmp_path)

    lines = {line.split()[1]: line for line in shown.stdout.splitlines() if line.startswith("│")}
    assert shown.exit_code == 0
    assert lines.keys() == english().tables["order"].keys()
    assert "MRI [brain] (urn:com.example.keys|IMG1)" in lines["brain_mri"]
    assert "no code that FHIR can hold" in lines["cxr"]
    assert "not mapped: our codes and the name" in lines["ct_head"]


def test_what_is_not_mapped_is_counted_and_named(tmp_path: Path) -> None:
    """A code that can't go out maps nothing."""
    said = _run(tmp_path).stdout.splitlines()[-1]

    assert said.startswith(f"1 of {KEYS} work-up keys are mapped. Not mapped: dx_mammogram, ")
    assert ", cxr, " in said
    assert "brain_mri" not in said


def test_a_site_that_has_mapped_all_is_told_so(tmp_path: Path) -> None:
    """Nothing is left to name."""
    every = "".join(
        f'{key} = [{{ system = "urn:x", code = "1", display = "x" }}]\n' for key in english().tables["order"]
    )

    assert _run(tmp_path, orders=every).stdout.splitlines()[-1] == f"{KEYS} of {KEYS} work-up keys are mapped."


def test_a_key_that_is_none_is_said_with_its_line(tmp_path: Path) -> None:
    """As check-config says it; nothing is listed then."""
    shown = _run(tmp_path, orders=f'{MAPPED}brain_xray = [{{ system = "urn:x", code = "1", display = "x" }}]\n')

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert f"{tmp_path}/orders.toml, line 4: orders: brain_xray is no work-up key" in shown.stderr


def test_a_client_that_is_not_there_is_said(tmp_path: Path) -> None:
    """With those that are."""
    shown = _run(tmp_path, client="south")

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "south is no client of " in shown.stderr
    assert shown.stderr.endswith("it has north\n")


def test_without_a_registry_there_is_nobody() -> None:
    """The message says which setting is missing."""
    shown = CliRunner().invoke(app, ["orders", "north"])

    assert shown.exit_code == 1
    assert shown.stderr == "clients: there is no registry: set clients to its path\n"


def test_the_settings_file_of_the_environment_is_taken(tmp_path: Path) -> None:
    """A container has no arguments of its own."""
    _run(tmp_path)
    os.environ["RECURRENCE_CDS_CONFIG"] = str(tmp_path / "settings.toml")

    assert CliRunner().invoke(app, ["orders", "north"]).exit_code == 0
