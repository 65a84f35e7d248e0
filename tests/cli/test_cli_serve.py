"""The command line: what it lists, what `serve` refuses and announces, and one real start and stop.

It must not test the other commands.
It tests cds_service/cli/main.py, cli/serve.py and __main__.py.
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from typer.testing import CliRunner, Result

from cds_service.cli.main import app
from tests.tokens import a_registry

PREFIX = "RECURRENCE_CDS_"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` hands settings over by environment; what it adds must not outlive the test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    monkeypatch.setattr(os, "environ", kept)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the web server was started with, in place of starting it."""
    options: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda service, **given: options.update(given, service=service))
    return options


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_help_lists_the_commands() -> None:
    """Each with what it is for."""
    shown = _run("--help")

    assert shown.exit_code == 0
    for command in ("serve", "demo", "evaluate"):
        assert command in shown.stdout


@pytest.mark.parametrize("command", ["serve", "demo", "evaluate"])
def test_each_command_explains_itself(command: str) -> None:
    """`--help` works on each."""
    shown = _run(command, "--help")

    assert shown.exit_code == 0
    assert f"recurrence-cds {command}" in shown.stdout or f" {command} " in shown.stdout


def test_an_unknown_command_is_a_usage_error() -> None:
    """It ends with 2, as shells expect."""
    assert _run("sevre").exit_code == 2


def test_help_imports_nothing_heavy() -> None:
    """It is quick, also on a small machine."""
    code = (
        "import sys; sys.argv = ['recurrence-cds', '--help']\n"
        "from cds_service.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('fastapi', 'pydantic', 'fhir', 'httpx', 'rules') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our code

    assert ran.stdout.endswith("[]\n")


def test_serve_starts_the_web_server_with_what_was_asked(started: dict[str, Any]) -> None:
    """Fast parts, no access log (it would hold paths), and workers that make the service themselves."""
    served = _run("serve", "--host", "0.0.0.0", "--port", "9000", "--workers", "2")  # noqa: S104 - an argument

    assert served.exit_code == 0
    assert started["service"] == "cds_service.app:from_environment"
    assert (started["host"], started["port"], started["workers"]) == ("0.0.0.0", 9000, 2)  # noqa: S104 - as asked
    assert (started["access_log"], started["server_header"], started["lifespan"]) == (False, False, "on")
    assert "Serving http://0.0.0.0:9000/cds-services (development)" in served.stderr


@pytest.mark.usefixtures("started")
def test_serve_announces_a_fixed_day_and_hands_it_over() -> None:
    """Loudly, since every card counts from it."""
    served = _run("serve", "--as-of", "2024-02-29", "--host", "::1")

    assert served.exit_code == 0
    assert "FIXED DATE: the rules see 2024-02-29, not today." in served.stderr
    assert "http://[::1]:8000" in served.stderr
    assert os.environ[f"{PREFIX}AS_OF"] == "2024-02-29"


@pytest.mark.usefixtures("started")
def test_serve_reads_a_settings_file_and_hands_it_over(tmp_path: Path) -> None:
    """The path works from any folder a worker starts in."""
    config = tmp_path / "settings.toml"
    config.write_text('profile = "demo"\n', encoding="utf-8")

    served = _run("serve", "--config", str(config))

    assert "(demo)" in served.stderr
    assert os.environ[f"{PREFIX}CONFIG"] == str(config)


@pytest.mark.usefixtures("started")
def test_serve_takes_the_settings_file_from_the_environment_too(tmp_path: Path) -> None:
    """A container has no arguments of its own."""
    config = tmp_path / "settings.toml"
    config.write_text('profile = "demo"\n', encoding="utf-8")
    os.environ[f"{PREFIX}CONFIG"] = str(config)

    assert "(demo)" in _run("serve").stderr


@pytest.mark.parametrize(
    "environment, arguments, said",
    [
        ({"PROFILE": "production"}, ["--as-of", "2024-02-29"], "as_of is for demonstrations"),
        ({"PROFILE": "prod"}, [], "profile:"),
        ({"PROFILE": "production"}, [], "clients: is missing: production serves registered clients only"),
        ({"CLIENTS": os.devnull}, [], "there is no client"),
        ({}, ["--config", "no/such.toml"], "can't be read"),
        ({}, ["--as-of", "yesterday"], "yesterday"),
        ({}, ["--port", "70000"], "65535"),
        ({}, ["--workers", "0"], "workers"),
    ],
)
def test_serve_refuses_what_it_can_not_use(
    environment: dict[str, str], arguments: list[str], said: str, started: dict[str, Any]
) -> None:
    """Nothing is started, and the message says why."""
    os.environ.update({f"{PREFIX}{name}": value for name, value in environment.items()})

    refused = _run("serve", *arguments)

    assert refused.exit_code == 2
    assert said in refused.stderr
    assert started == {}


@pytest.mark.usefixtures("started")
def test_serve_says_what_it_ignores() -> None:
    """A misspelt variable; and that nobody is asked who he is."""
    os.environ[f"{PREFIX}PROFLE"] = "demo"

    served = _run("serve")

    assert "RECURRENCE_CDS_PROFLE is no setting of this version and is ignored." in served.stderr
    assert "No clients registry: callers are not authenticated." in served.stderr


def test_serve_makes_the_store_ready_before_workers_start(started: dict[str, Any], tmp_path: Path) -> None:
    """So that one process makes the tables, and a store that can't be used is said on the terminal."""
    os.environ.update({f"{PREFIX}PROFILE": "production", f"{PREFIX}CLIENTS": str(a_registry(tmp_path))})
    os.environ[f"{PREFIX}DATABASE"] = f"sqlite:///{tmp_path}/nowhere/store.sqlite3"
    refused = _run("serve")
    (tmp_path / "nowhere").mkdir()
    served = _run("serve")

    assert refused.exit_code == 2
    assert "nowhere/store.sqlite3 can't be used: its folder is not there" in refused.stderr
    assert "(production, 1 registered client)" in served.stderr
    assert (tmp_path / "nowhere" / "store.sqlite3").exists()
    assert started["workers"] == 1


def test_serve_says_where_its_own_folder_can_not_be_made(tmp_path: Path) -> None:
    """As on a read-only root."""
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    os.environ.update({f"{PREFIX}CLIENTS": str(a_registry(tmp_path)), "XDG_STATE_HOME": f"{tmp_path}/state"})

    refused = _run("serve")

    assert refused.exit_code == 2
    assert "database: the folder of" in refused.stderr


def test_serve_says_what_a_store_answers_that_can_not_be_used(tmp_path: Path) -> None:
    """Also without clients, where it is for decisions and feedback alone."""
    (tmp_path / "store.sqlite3").write_bytes(b"not a database, but long enough to look like a file of one" * 20)
    os.environ[f"{PREFIX}DATABASE"] = f"sqlite:///{tmp_path}/store.sqlite3"

    refused = _run("serve")

    assert refused.exit_code == 2
    assert "store.sqlite3 can't be used: file is not a database" in refused.stderr


@pytest.mark.parametrize("code, said", [(3, True), (0, False)])
def test_serve_says_so_if_it_could_not_start(code: int, monkeypatch: pytest.MonkeyPatch, *, said: bool) -> None:
    """The web server's own message goes to the log, without its text."""

    def stop(_factory: str, **_options: object) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(uvicorn, "run", stop)

    refused = _run("serve", "--port", "9000")

    assert refused.exit_code == code
    assert ("Could not serve on port 9000" in refused.stderr) is said


def test_the_service_starts_answers_and_stops() -> None:
    """As a process of its own, on a real port, with every line of its log in JSON."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port), "--as-of", "2024-02-29"]

    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=8), base_url=f"http://127.0.0.1:{port}") as client:
                ready = client.get("/health/ready")
                services = client.get("/cds-services")
        finally:
            process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)

    assert (ready.status_code, services.status_code) == (200, 200)
    assert "server" not in services.headers
    assert process.returncode == 0
    assert "FIXED DATE" in log
    assert all(line.startswith("{") for line in log.splitlines()[3:])
