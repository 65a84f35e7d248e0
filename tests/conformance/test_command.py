"""`recurrence-cds conformance`: over a real socket, its exit codes, and what it says when it can't run.

It must not test single checks.
It tests cds_service/cli/conformance.py.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from cds_service.app import create_app
from cds_service.cli.main import app
from cds_service.clock import SystemClock
from cds_service.config.settings import Settings
from tests.builders import a_patient
from tests.conformance.good_service import GoodService


@contextmanager
def served(service: object) -> Iterator[str]:
    """A service on a free port of this machine, until it is not needed any more."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(service, ws="none", lifespan="off", log_level="critical"))  # type: ignore[arg-type]
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["conformance", *arguments])


def test_our_own_service_passes_with_neither_failures_nor_warnings() -> None:
    """As it is served, in the development profile, on the day that it is."""
    with served(create_app(Settings(), SystemClock())) as base:
        ran = _run(base, "--json", "--strict")

    assert ran.exit_code == 0, ran.stdout
    report = json.loads(ran.stdout)
    assert (report["service"], report["counts"]["fail"], report["counts"]["warn"]) == (
        "breast-cancer-recurrence",
        0,
        0,
    )


def test_a_failure_is_shown_and_ends_with_1() -> None:
    """A pipeline stops there."""
    with served(GoodService(card=lambda card: {**card, "summary": "x" * 140})) as base:
        ran = _run(f"{base}/cds-services")

    assert ran.exit_code == 1
    assert "has 140 characters" in ran.stdout
    assert "1 fail" in ran.stdout


def test_a_warning_ends_with_1_only_when_it_is_wanted() -> None:
    """A SHOULD is no SHALL."""
    with served(GoodService(card=lambda card: {**card, "detail": "<b>now</b>"})) as base:
        assert _run(base).exit_code == 0
        assert _run(base, "--strict").exit_code == 1


def test_a_service_that_is_down_ends_with_2() -> None:
    """Nothing was checked, which is no success."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

    ran = _run(f"http://127.0.0.1:{port}")

    assert ran.exit_code == 2
    assert "no answer (ConnectError). Is this the base URL" in ran.stderr


def test_a_patient_and_tokens_come_from_files(tmp_path: Path) -> None:
    """Tokens never stand on a command line, where others of the machine see them."""
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in a_patient().resources]}
    patient, tokens = tmp_path / "patient.json", tmp_path / "tokens"
    patient.write_text(json.dumps(bundle))
    tokens.write_text("a.b.c\n\n")

    with served(GoodService(token="a.b.c")) as base:
        ran = _run(base, "--json", "--patient", str(patient), "--token-file", str(tokens), "--service", "good")
        alone = _run(base)

    assert ran.exit_code == 0, ran.stdout
    assert next(each for each in json.loads(ran.stdout)["checks"] if each["id"] == "C03")["seen"].startswith("no card")
    assert alone.exit_code == 2
    assert "--token-file" in alone.stderr


@pytest.mark.parametrize(
    "option, content, words",
    [
        ("--patient", "[]", "no FHIR Bundle"),
        ("--patient", None, "can't be read"),
        ("--token-file", "\n", "holds no tokens"),
        ("--token-file", "Bearer a.b.c", "without `Bearer`"),
        ("--token-file", None, "can't be read"),
    ],
)
def test_a_file_that_can_not_be_used_ends_with_2(tmp_path: Path, option: str, content: str | None, words: str) -> None:
    """Before anything is sent, and without showing what is in it."""
    path = tmp_path / "file"
    if content is not None:
        path.write_text(content)

    ran = _run("http://127.0.0.1:1", option, str(path))

    assert ran.exit_code == 2
    assert words in ran.stderr
    assert "a.b.c" not in ran.stderr
