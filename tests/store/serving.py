"""The service as `serve` starts it, in processes of its own, on a database.

It must not check an answer.
Its tests are those that import it.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
READY_WITHIN_S = 60


@dataclass(frozen=True)
class Answer:
    """Status and body."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Serving:
    """A running `serve`."""

    port: int
    process: subprocess.Popen[bytes]

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a request on a connection of its own, so that any worker may take it."""
        content = None if body is None else json.dumps(body)
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=30)) as connection:
            connection.request(method, path, content, {"content-type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.read())

    def workers(self) -> list[int]:
        """The ids of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@contextmanager
def serve(environment: Mapping[str, str], workers: int = 2) -> Iterator[Serving]:
    """The service, ready; ended in good order."""
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port), "--workers", str(workers)]
    known = {key: value for key, value in os.environ.items() if not key.startswith("RECURRENCE_CDS_")}
    process = subprocess.Popen(command, env={**known, **environment}, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    serving = Serving(port, process)
    try:
        _wait(serving)
        yield serving
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(READY_WITHIN_S) == 0


def _wait(serving: Serving) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and serving.process.poll() is None:
        try:
            if serving.ask("GET", "/health/ready").status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("It does not become ready.")
