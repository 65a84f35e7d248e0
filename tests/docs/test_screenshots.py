"""The pictures of README and docs are those that `make screenshots` takes, and small enough for a repository."""

import struct
from pathlib import Path

import pytest

from tests.browser.screenshots import FOLDER, PICTURES

ROOT = Path(__file__).parents[2]
MOST_BYTES = 300_000
PNG = b"\x89PNG\r\n\x1a\n"


def test_every_picture_is_taken_by_the_script() -> None:
    """None is left from before, none is missing."""
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.png" for name in PICTURES}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_shown_and_of_its_window(name: str) -> None:
    """A PNG as large as the window that it was taken in, embedded in a document."""
    content = (FOLDER / f"{name}.png").read_bytes()

    assert content.startswith(PNG)
    assert struct.unpack(">II", content[16:24]) == PICTURES[name].window
    assert len(content) < MOST_BYTES
    documents = (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
    assert any(f"images/{name}.png" in path.read_text("utf-8") for path in documents)
