"""What the Dockerfile promises, shown without Docker: its steps are carried out and its service is started.

It must not pass by skipping: a missing interpreter fails it and says what to install.
It is itself the tests of image.py and of the Dockerfile.
"""

import re
import signal
import stat
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.packaging.dockerfile import only
from tests.packaging.image import PORT, REPOSITORY, Image, Running, image_user, running, start

pytestmark = pytest.mark.slow

STOP_SECONDS = 15
SETTINGS = {"RECURRENCE_CDS_PUBLIC_URL": "https://cds.example.org", "RECURRENCE_CDS_PROFILE": "development"}


@pytest.fixture
def service(image: Image) -> Iterator[Running]:
    """The service, started from the image."""
    with running(image, SETTINGS) as service:
        yield service


def test_the_image_answers_health_and_discovery(service: Running) -> None:
    """With a home nowhere and files that can't be written it is live and offers its hook."""
    live = service.client.get("/health/live")
    discovery = service.client.get("/cds-services")
    assert live.status_code == 200
    assert [entry["id"] for entry in discovery.json()["services"]] == ["breast-cancer-recurrence"]


def test_the_image_starts_in_production_and_there_for_registered_clients_only(image: Image) -> None:
    """Without a registry it ends at once and says what is missing."""
    refused = start(list(only(image.final, "ENTRYPOINT").words), "/", image.variables())
    said = refused.communicate()[0].decode()
    assert (refused.returncode, "production serves registered clients only" in said) == (2, True)


def test_the_service_runs_as_the_numeric_user_of_the_image(service: Running) -> None:
    """Where root runs this test, the service has given up root; elsewhere there was none to give up."""
    owner = Path(f"/proc/{service.process.pid}").stat().st_uid
    assert owner != 0
    assert image_user() in (None, owner)


def test_the_health_check_of_the_image_passes(service: Running, image: Image) -> None:
    """HEALTHCHECK's own command, asked of the running service's port, exits 0."""
    command = [word.replace(PORT, str(service.port)) for word in only(image.final, "HEALTHCHECK").words]
    check = start(command, "/", image.variables())
    assert (check.communicate()[0], check.returncode) == (b"", 0)


def test_the_health_check_fails_when_nothing_listens(image: Image) -> None:
    """HEALTHCHECK's own command exits with an error once the service is gone."""
    with running(image, SETTINGS) as gone:
        port = str(gone.port)
    command = [word.replace(PORT, port) for word in only(image.final, "HEALTHCHECK").words]
    check = start(command, "/", image.variables())
    check.communicate()
    assert check.returncode != 0


def test_sigterm_ends_the_service_in_order(service: Running) -> None:
    """As `docker stop` does it: the service closes down and exits 0."""
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=STOP_SECONDS) == 0


def test_the_environment_holds_the_pinned_packages_and_the_service(image: Image) -> None:
    """No pip, no build backend: what runtime.txt pins and our own wheel, in those versions."""
    pinned = re.findall(
        r"^([\w.-]+)==([\w.]+)", (REPOSITORY / "requirements" / "runtime.txt").read_text("utf-8"), re.MULTILINE
    )
    installed = {
        (normal(found.metadata["Name"]), found.version) for found in distributions(path=[str(image.site_packages)])
    }
    assert {name for name, _ in installed} >= {"recurrence-cds", "fastapi", "msgspec"}
    assert {entry for entry in installed if entry[0] != "recurrence-cds"} <= {
        (normal(name), version) for name, version in pinned
    }


def test_the_wheel_holds_every_file_of_the_packages(image: Image) -> None:
    """Code lists, rule sheets, cases and pages travel with the code, byte for byte."""
    files = [
        path.relative_to(REPOSITORY)
        for package in ("cds_service", "cards", "rules")
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert files
    assert [name for name in files if not same(image.site_packages / name, REPOSITORY / name)] == []


def test_nothing_in_the_image_is_writable_by_its_user(image: Image) -> None:
    """No file or folder of the environment may be changed by anybody but its owner."""
    paths = (path for path in (image.opt / "recurrence-cds").rglob("*") if not path.is_symlink())
    assert [path for path in paths if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)] == []


def same(installed: Path, source: Path) -> bool:
    """Whether the file was installed unchanged."""
    return installed.is_file() and installed.read_bytes() == source.read_bytes()


def normal(name: str) -> str:
    """The name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
