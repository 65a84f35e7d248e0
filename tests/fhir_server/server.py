"""A real FHIR server as a process of its own: started on a free loopback port, filled, stopped.

It must not be reachable from outside, nor stay running after a test; without it the tests fail, they never skip.
Its tests are all tests of this folder.
"""

import json
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.builders import Resource

PYTHON = Path(__file__).parents[2] / ".venv-fhir" / "bin" / "python"
TOKEN = "a-token-of-the-tests"
PAGE = 100
START_RETRIES = 7  # httpx waits 0.5, 1, 2, 4, 8 and 16 seconds between them
STOP_SECONDS = 10
LOOPBACK = "127.0.0.1"
PROGRAM = """
import sys
from sekmet.fhir import search
search.MAX_COUNT = int(sys.argv.pop(1))
from sekmet.cli import app
app()
"""
"""The server's own command line, after the longest page that it gives was set: no option of it does that."""


@dataclass(frozen=True, slots=True)
class FhirServer:
    """A running server, and how to reach it."""

    base: str
    process: subprocess.Popen[bytes]
    client: httpx.Client

    def load(self, resources: Iterable[Resource]) -> int:
        """Store resources under their own ids in one transaction; return how many were stored."""
        entries = [{"resource": each, "request": {"method": "PUT", "url": _place(each)}} for each in resources]
        answer = self.client.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
        assert answer.status_code == 200, answer.text
        stored: list[Resource] = answer.json()["entry"]
        return sum(entry["response"]["status"].startswith("201") for entry in stored)

    def get(self, query: str) -> Resource:
        """Return the answer to a read or a search."""
        answer = self.client.get(query)
        assert answer.status_code == 200, answer.text
        found: Resource = answer.json()
        return found

    def stop(self) -> None:
        """End the process at once; a second time is no harm."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)


@contextmanager
def running(folder: Path, *, is_open: bool = False) -> Iterator[FhirServer]:
    """A server with no data, which keeps them in the folder; unless it is open it wants a bearer token."""
    assert PYTHON.exists(), "the FHIR server of the tests is not installed: run `make setup-fhir-server`"
    base = f"http://{LOOPBACK}:{free_port()}/fhir"
    log = folder / "server.log"
    with log.open("wb") as output, _client(base) as client:
        command = [
            str(PYTHON),
            "-c",
            PROGRAM,
            str(PAGE),
            "serve",
            "-c",
            str(_configuration(folder, base, is_open=is_open)),
        ]
        process = subprocess.Popen(  # noqa: S603 - the pinned server
            [*command, "--host", LOOPBACK], cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        server = FhirServer(base, process, client)
        try:
            _wait(server, log)
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """Return a loopback port on which nobody listens at the moment."""
    with socket.create_server((LOOPBACK, 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _client(base: str) -> httpx.Client:
    return httpx.Client(
        base_url=base,
        headers={"Authorization": f"Bearer {TOKEN}"},
        transport=httpx.HTTPTransport(retries=START_RETRIES),
        timeout=60,
    )


def _configuration(folder: Path, base: str, *, is_open: bool) -> Path:
    """Write the server's settings: charts are taken as they are, nothing is answered by machines, nothing logged."""
    path = folder / "settings.yaml"
    settings = {
        "base_url": base,
        "host": LOOPBACK,
        "port": httpx.URL(base).port,
        "data_dir": str(folder / "data"),
        "validation": {"inbound": "off"},
        "simulator": {"enabled": False},
        "log_inbound": False,
        "server_auth": {"types": ["none"]} if is_open else {"types": ["bearer"], "tokens": [TOKEN]},
    }
    path.write_text(json.dumps(settings), encoding="utf-8")  # YAML reads JSON
    return path


def _wait(server: FhirServer, log: Path) -> None:
    """Return when the server answers; fail with what it said if it does not."""
    try:
        answer = server.client.get("metadata")
    except httpx.TransportError as error:
        server.stop()
        raise AssertionError(f"the FHIR server did not start:\n{log.read_text('utf-8', 'replace')}") from error
    assert answer.status_code == 200, answer.text
    assert server.process.poll() is None, log.read_text("utf-8", "replace")


def _place(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
