"""The two servers under measurement, each in a process of its own that always ends with the run.

It talks to loopback only and gives the service no setting beside the fixed date, but what a part of the run needs.
Tests: every run of `make bench` starts and ends both.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from bench import processes
from bench.evidence import AS_OF

HOST: Final = "127.0.0.1"
READY_WITHIN_S: Final = 30
END_WITHIN_S: Final = 5


class BenchError(Exception):
    """A run that gives no result, with the reason in words."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    port: int
    pid: int

    def cpu_ns(self) -> int:
        """CPU time of all its workers so far."""
        return processes.cpu_ns(self.pid)

    def connect(self) -> http.client.HTTPConnection:
        """A new keep-alive connection."""
        return http.client.HTTPConnection(HOST, self.port, timeout=60)


@contextmanager
def floor() -> Iterator[Server]:
    """The floor, ready for calls."""
    port = free_port()
    with started("floor", port, [sys.executable, "-m", "bench.floor", str(port)]) as server:
        yield server


@contextmanager
def records() -> Iterator[Server]:
    """The FHIR server with the bench's charts, ready for queries."""
    port = free_port()
    with started("FHIR server", port, [sys.executable, "-m", "bench.records", str(port)]) as server:
        yield server


@contextmanager
def service(workers: int = 1, **settings: str) -> Iterator[Server]:
    """The service at the fixed date, ready for calls; with no setting of its own but those given."""
    port = free_port()
    options = ["--host", HOST, "--port", str(port), "--as-of", AS_OF.isoformat(), "--workers", str(workers)]
    given = {f"RECURRENCE_CDS_{name}": value for name, value in settings.items()}
    with started("service", port, [sys.executable, "-m", "cds_service", "serve", *options], given) as server:
        yield server


def patient_view(server: Server) -> tuple[str, dict[str, str]]:
    """Path and prefetch templates of the one patient-view service that discovery names."""
    connection = server.connect()
    connection.request("GET", "/cds-services")
    services: list[dict[str, Any]] = json.loads(connection.getresponse().read())["services"]
    connection.close()
    found = next(entry for entry in services if entry["hook"] == "patient-view")
    return f"/cds-services/{found['id']}", found["prefetch"]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def started(
    name: str, port: int, command: list[str], settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Server]:
    """The command's process once its port answers; its output goes to a file, as in use, and is shown if it fails."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RECURRENCE_CDS_")}
    environment |= settings
    with tempfile.TemporaryFile() as output:
        running = subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603 -- our own
        try:
            if not _ready(port, running):
                output.seek(0)
                tail = output.read()[-2000:].decode(errors="replace")
                raise BenchError(f"The {name} does not answer on port {port}. Its last words:\n{tail}")
            yield Server(name, port, running.pid)
        finally:
            _end(running)


def _ready(port: int, running: subprocess.Popen[bytes]) -> bool:
    """True as soon as something answers HTTP on the port; False when the process ended or took too long."""
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and running.poll() is None:
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/health/ready")
            answered = connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
            connection.close()
        except OSError:
            answered = False
        if answered:
            return True
        time.sleep(0.01)
    return False


def _end(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    try:
        running.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
