"""`recurrence-cds demo`: it starts, makes one real call, prints the card and the links; and says why when it can't.

It must not test the card's wording: tests/cards does.
It is itself a test.
"""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from typing import Any
from urllib.request import urlopen

import pytest
import uvicorn
from rich.console import Console
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from cds_service.cli.card_view import card_view
from cds_service.cli.demo import show_and_serve
from cds_service.cli.main import app
from cds_service.demo.links import sandbox_url

ONCE = ["demo", "--once", "--port", "0", "--as-of", "2026-06-15"]
CARD: dict[str, Any] = {
    "summary": "Headache [red]not a colour[/red]",
    "indicator": "warning",
    "detail": "- Headache 2026-06-13.\n- Score 9/10.",
    "source": {"label": "The rules"},
}


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port of this machine that somebody else listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


def environment() -> dict[str, str]:
    """Return this process's environment without settings, for a terminal of 100 columns."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RECURRENCE_CDS_")} | {
        "COLUMNS": "100"
    }


def printed(card: dict[str, Any]) -> str:
    """Return what a terminal of 80 columns shows of a card."""
    terminal = StringIO()
    Console(file=terminal, width=80).print(card_view(card))
    return terminal.getvalue()


def test_the_demo_prints_a_card_and_the_links_to_open() -> None:
    """In a process of its own, through real sockets: the card first, then two addresses that are ready to click."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "cds_service", *ONCE],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    base = re.search(r"The service is up at (http://127\.0\.0\.1:\d+)", done.stdout)
    assert base
    assert "CRITICAL" in done.stdout
    assert "Same-day assessment" in done.stdout
    assert "Suggested orders" in done.stdout
    assert f"{base[1]}/#demo-brain" in done.stdout
    assert any(line.endswith(sandbox_url(base[1], "demo-brain")) for line in done.stdout.splitlines())
    assert "not been signed off by a practising clinician" in done.stdout


def test_the_demo_serves_until_it_is_interrupted() -> None:
    """After printing it goes on: the page can be opened; an interrupt ends it without an error."""
    command = [sys.executable, "-m", "cds_service", "demo", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout
        page = next(match[0] for line in running.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+/#", line)))
        with urlopen(page, timeout=5) as answer:  # noqa: S310 - the address that the demo printed
            assert answer.status == 200
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == 0


def test_the_demo_can_be_run_once_in_a_process() -> None:
    """It ends with 0 and leaves nothing running."""
    done = CliRunner().invoke(app, ONCE)
    assert done.exit_code == 0
    assert "The service is up at" in done.stdout


def test_a_demo_that_listens_everywhere_is_reached_through_loopback() -> None:
    """Its own FHIR endpoint has to be on the list of servers that may be asked, and a browser needs an address."""
    done = CliRunner().invoke(app, [*ONCE, "--host", "0.0.0.0"])  # noqa: S104 - for the length of one call
    assert done.exit_code == 0
    assert "The service is up at http://127.0.0.1:" in done.stdout


def test_a_taken_port_is_said_with_what_to_do(taken_port: int) -> None:
    """The message names the port and the way out."""
    done = CliRunner().invoke(app, ["demo", "--once", "--port", str(taken_port)])
    assert done.exit_code == 1
    assert f"Can't listen on 127.0.0.1 port {taken_port}" in done.stderr
    assert "--port 0" in done.stderr


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for `serve`, with the setting's name."""
    monkeypatch.setenv("RECURRENCE_CDS_BUDGET_S", "-1")
    done = CliRunner().invoke(app, ONCE)
    assert done.exit_code == 2
    assert "budget_s" in done.stderr


def test_a_call_without_a_card_is_a_failure_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the settings forbid the demo's own FHIR server."""
    monkeypatch.setenv("RECURRENCE_CDS_FHIR_SERVERS", "https://fhir.example.org")
    done = CliRunner().invoke(app, ONCE)
    assert done.exit_code == 1
    assert "gave no card. It answered 400" in done.stdout


def test_a_service_that_cannot_start_is_a_failure_not_a_wait(capsys: pytest.CaptureFixture[str]) -> None:
    """The first call ends as soon as the server has given up."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.failed", "message": ""})

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(broken, lifespan="on", log_config=None))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    assert not asyncio.run(show_and_serve(server, listening, base, once=True))
    assert f"The service at {base} gave no card." in capsys.readouterr().out


def test_a_card_is_printed_with_its_level_in_words() -> None:
    """Colour alone says nothing to everybody."""
    assert "WARNING" in printed(CARD)


def test_a_card_s_text_is_never_read_as_a_command_to_the_terminal() -> None:
    """Square brackets are text."""
    assert "[red]not a colour[/red]" in printed(CARD)


def test_a_card_s_parts_are_printed_only_when_there_are_some() -> None:
    """No heading without lines below it."""
    assert "Suggested orders" not in printed(CARD)
    assert "Score 9/10" in printed(CARD)
    assert "Score 9/10" not in printed({name: value for name, value in CARD.items() if name != "detail"})
    full = printed(
        CARD
        | {
            "suggestions": [{"label": "MRI of the brain", "isRecommended": True}, {"label": "CT of the head"}],
            "overrideReasons": [{"code": "not-now", "display": "Not now"}],
        }
    )
    assert "MRI of the brain (recommended)" in full
    assert "CT of the head " in full
    assert "Not now" in full
