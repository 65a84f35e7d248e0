"""What no file of the repository may hold.

It must not look at ignored files.
It is itself a test.
"""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE_HOST = re.compile(rb"(?i)\b(?:pypi|pythonhosted|npmjs|deb|debian)(?:\.[a-z]+)*\.(?:org|com|io)\b")
MACHINE_PATH = re.compile(rb"(?<![\w./}>-])/(?:home|root|tmp|work|Users)/")


def files() -> list[Path]:
    """Every file that git tracks or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, check=True, cwd=REPOSITORY, capture_output=True).stdout.decode().split("\0")
    return [path for path in (REPOSITORY / name for name in names if name) if path.is_file()]


@pytest.mark.parametrize("name", [("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org")])
def test_a_host_of_packages_is_recognised(name: tuple[str, ...]) -> None:
    """The pattern finds the names that it is there for; they are put together here, as this file is searched too."""
    assert PACKAGE_HOST.search(".".join(name).encode())


def test_no_file_names_a_host_of_packages_or_a_folder_of_one_machine() -> None:
    """Where packages come from and where somebody keeps the clone is each machine's own affair."""
    found = {
        str(path.relative_to(REPOSITORY)): (PACKAGE_HOST.findall(content) + MACHINE_PATH.findall(content))
        for path in files()
        if (content := path.read_bytes())
    }
    assert {name: matches for name, matches in found.items() if matches} == {}


def test_git_does_not_see_what_make_produces() -> None:
    """Environments, caches and reports are ignored."""
    assert [path.name for path in files() if path.suffix in {".pyc", ".pyo"} or path.name == ".coverage"] == []
