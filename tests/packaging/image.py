"""The image of the Dockerfile, built and run without Docker: the same instructions in a folder of its own.

It must not touch anything outside that folder, nor stay running after a test.
Its tests are in test_image.py.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.packaging.dockerfile import Stage, environment, only, read_stages

REPOSITORY = Path(__file__).parents[2]
PORT = "8000"
START_RETRIES = 6  # httpx waits 0.5, 1, 2, 4 and 8 seconds between them


@dataclass(frozen=True, slots=True)
class Image:
    """A folder that stands for the image's /opt, and the stage that says how to run it."""

    opt: Path
    final: Stage

    def moved(self, text: str) -> str:
        """The text with the image's /opt in its place here."""
        return text.replace("/opt/", f"{self.opt}/")

    @property
    def site_packages(self) -> Path:
        """Where the service's environment holds its packages."""
        (found,) = (self.opt / "recurrence-cds" / "lib").glob("python3.*/site-packages")
        return found

    def variables(self) -> dict[str, str]:
        """The environment of the container: what ENV sets, and no home."""
        variables = {name: self.moved(value) for name, value in environment(self.final).items()}
        return {**variables, "PATH": variables["PATH"].replace("$PATH", os.defpath)}


@dataclass(frozen=True, slots=True)
class Running:
    """A service that was started from the image, and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client
    port: int


def image_user() -> int | None:
    """The image's numeric user when root runs the tests; else none, as there is no right left to drop."""
    if os.geteuid() != 0:
        return None
    user, group = only(read_stages(REPOSITORY / "Dockerfile")[-1], "USER").value.split(":")
    assert user == group
    return int(user)


def start(command: list[str], folder: str, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The command as the image's user, its output (both streams) in a pipe."""
    user = image_user()
    return subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


def shared_python() -> str:
    """An interpreter (3.11 or newer, with venv) that the image's user may run; the tests' own may lie in a home."""
    own = getattr(sys, "_base_executable", sys.executable)
    question = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for python in (own, "/usr/local/bin/python3", "/usr/bin/python3"):
        try:
            asked = start([python, "-I", "-c", question], "/", {})
        except OSError:
            continue
        asked.communicate()
        if asked.returncode == 0:
            return str(python)
    message = "no Python 3.11+ with venv that every user may run: install one (Debian: python3 and python3-venv)"
    raise AssertionError(message)


def build(opt: Path) -> Image:
    """The image with the first stage's COPY and RUN instructions carried out below `opt`."""
    first, final = read_stages(REPOSITORY / "Dockerfile")
    image = Image(opt, final)
    commands = opt.parent / "bin"
    commands.mkdir()
    (commands / "python").write_text(f'#!/bin/sh\nexec {shared_python()} "$@"\n', encoding="utf-8")
    (commands / "python").chmod(0o755)
    variables = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}"}
    folder = opt
    for instruction in first:
        if instruction.keyword == "WORKDIR":
            folder = Path(image.moved(instruction.value))
            folder.mkdir(parents=True)
        elif instruction.keyword == "COPY":
            copy(instruction.words, folder)
        elif instruction.keyword == "RUN":
            command = ["sh", "-ec", f"umask 022; {image.moved(instruction.value)}"]
            subprocess.run(command, check=True, cwd=folder, env=variables)
    return image


def copy(words: tuple[str, ...], folder: Path) -> None:
    """Copy from the repository as COPY does: files into a folder, or a folder's content under a new name."""
    *sources, target = words
    for source in (REPOSITORY / name for name in sources):
        if source.is_dir():
            shutil.copytree(source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
            continue
        (folder / target).mkdir(exist_ok=True)
        shutil.copyfile(source, folder / target / source.name)


@contextmanager
def running(image: Image, settings: Mapping[str, str]) -> Iterator[Running]:
    """The service as ENTRYPOINT starts it: as the image's user, unable to write a byte to any file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    moves = {"0.0.0.0": "127.0.0.1", PORT: str(port)}  # noqa: S104 -- what the image says; here loopback takes its place
    command = [moves.get(word, word) for word in only(image.final, "ENTRYPOINT").words]
    unable_to_write = ["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh"]
    folder = image.moved(only(image.final, "WORKDIR").value)
    process = start([*unable_to_write, *command], folder, {**image.variables(), **settings})
    transport = httpx.HTTPTransport(retries=START_RETRIES)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as client:
            client.get("/health/live")
            yield Running(process, client, port)
    except httpx.ConnectError as error:
        process.kill()
        message = f"the service did not start:\n{process.communicate()[0].decode()}"
        raise AssertionError(message) from error
    finally:
        process.kill()
        process.communicate()
