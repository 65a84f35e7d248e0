"""The commands on the store: audit, erase, prune.

It must not test what is in an event: tests/fhir/test_audit_event.py does.
It tests cds_service/cli/audit.py, erase.py, prune.py and store_access.py.
"""

import json
import os
from pathlib import Path

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from typer.testing import CliRunner, Result

from cds_service.cli.main import app
from cds_service.config.settings import PREFIX, Settings
from tests.builders import PATIENT, a_patient, call_of
from tests.service.remembering import decisions_in, remembering

pytestmark = pytest.mark.anyio

LUMP = a_patient().with_history().with_lump()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    monkeypatch.setattr(os, "environ", kept | {f"{PREFIX}DATABASE": f"sqlite:///{tmp_path}/store.sqlite3"})


async def _filled(folder: Path) -> Settings:
    """The settings of a store with one decision about a patient and one that failed, both of 15 June 2026."""
    async with remembering(folder) as service:
        await service.call(call_of(LUMP.prefetch()))
        await service.call(b"[")
    return service.settings


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


async def _ran(*arguments: str) -> Result:
    """A command runs an event loop of its own, which it can't in the one of the test."""
    import anyio.to_thread  # noqa: PLC0415

    return await anyio.to_thread.run_sync(lambda: _run(*arguments))


async def test_audit_writes_a_fhir_resource_a_line(tmp_path: Path) -> None:
    """Of the calls in the time that is asked for."""
    await _filled(tmp_path)
    day = await _ran("audit", "--since", "2026-06-15", "--until", "2026-06-16", "--format", "ndjson")
    before = await _ran("audit", "--since", "2026-06-14", "--until", "2026-06-15T12:00:00")

    lines = [json.loads(line) for line in day.stdout.splitlines()]
    assert sorted(str(AuditEvent.model_validate(line).outcome) for line in lines) == ["0", "4"]
    assert (day.exit_code, "2 decisions" in day.stderr) == (0, True)
    assert (before.exit_code, before.stdout, "0 decisions" in before.stderr) == (0, "", True)
    assert PATIENT not in day.stdout


async def test_erase_drops_what_is_kept_of_a_patient(tmp_path: Path) -> None:
    """And does not repeat the id."""
    settings = await _filled(tmp_path)
    other = await _ran("erase", "--client", "north", "--patient", PATIENT)
    erased = await _ran("erase", "--client", "anonymous", "--patient", PATIENT)

    assert [result.stdout for result in (other, erased)] == ["0 decisions erased\n", "1 decision erased\n"]
    assert [decision.status for decision in await decisions_in(settings)] == [400]


async def test_prune_drops_what_is_old(tmp_path: Path) -> None:
    """A hundred years have not gone by."""
    settings = await _filled(tmp_path)
    kept = await _ran("prune", "--older-than", "36500")

    assert kept.stdout == "0 decisions dropped\n"
    assert len(await decisions_in(settings)) == 2


@pytest.mark.parametrize("command", ["audit", "erase", "prune"])
def test_each_command_explains_itself(command: str) -> None:
    """`--help` works on each."""
    assert f" {command} " in _run(command, "--help").stdout


def test_a_store_that_is_not_there_is_said(tmp_path: Path) -> None:
    """By a sentence, not a traceback; a key is not made where rows are to be erased."""
    os.environ[f"{PREFIX}DATABASE"] = f"sqlite:///{tmp_path}/nowhere/store.sqlite3"
    folder = _run("prune", "--older-than", "1")
    os.environ[f"{PREFIX}DATABASE"] = f"sqlite:///{tmp_path}/store.sqlite3"
    key = _run("erase", "--client", "north", "--patient", "x")
    (tmp_path / "store.sqlite3").write_bytes(b"not a database, but long enough to look like a file of one" * 20)
    file = _run("prune", "--older-than", "1")
    del os.environ[f"{PREFIX}DATABASE"]
    nothing = _run("prune", "--older-than", "1")

    assert (folder.exit_code, "its folder is not there" in folder.stderr) == (2, True)
    assert (key.exit_code, "patient_key_file" in key.stderr) == (2, True)
    assert (file.exit_code, "The store can't be used" in file.stderr) == (1, True)
    assert (nothing.exit_code, "nothing is kept" in nothing.stderr) == (2, True)
