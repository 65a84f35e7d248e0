"""The source distribution: complete enough to build the wheel from.

It must not use the working tree once the archive is made.
It is itself a test.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_source_distribution_builds_a_wheel_with_every_file(tmp_path: Path) -> None:
    """`python -m build` makes the archive, unpacks it, and makes from it a wheel that lacks nothing."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(REPOSITORY)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("recurrence_cds-*-py3-none-any.whl")
    sources = {
        str(path.relative_to(REPOSITORY))
        for package in ("cds_service", "cards", "rules")
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources
    assert sources - set(zipfile.ZipFile(wheel).namelist()) == set()
