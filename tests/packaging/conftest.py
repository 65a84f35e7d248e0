"""The image, built once for all tests of this folder.

It must not leave anything behind.
Its tests are in test_image.py.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.image import Image, build


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """The image's /opt, in a folder that other users may read (pytest's own they may not)."""
    with tempfile.TemporaryDirectory(prefix="recurrence-cds-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "opt").mkdir(mode=0o755)
        yield build(folder / "opt")
