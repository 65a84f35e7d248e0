"""The environment of the FHIR server: pinned by hash, apart from ours, and telling nothing of who compiled it.

It must not ask a package index.
It tests requirements/fhir-server.in and fhir-server.txt.
"""

import re
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
TEXT = (REQUIREMENTS / "fhir-server.txt").read_text("utf-8")


def test_the_server_is_pinned_to_the_version_that_was_tried() -> None:
    """It is young and by one author: a newer one is tried first."""
    asked = re.findall(r"^[\w.-]+==[\w.]+", (REQUIREMENTS / "fhir-server.in").read_text("utf-8"), re.MULTILINE)

    assert asked == ["sekmet-fhir==0.1.1"]
    assert f"\n{asked[0]} \\\n" in TEXT


def test_every_pin_of_the_server_has_hashes_and_no_host_or_folder_is_named() -> None:
    """As the pins of our own environments."""
    pins = re.findall(r"^[\w.-]+==", TEXT, re.MULTILINE)

    assert len(pins) == len(re.findall(r"^[\w.-]+==[^\n]*\\\n    --hash=sha256:[0-9a-f]{64}", TEXT, re.MULTILINE))
    assert re.findall(r"://|index-url|find-links|(?<![\w.])/\w", TEXT) == []


def test_none_of_our_own_environments_holds_the_server() -> None:
    """What it drags along stays away from the service."""
    for name in ("runtime", "build", "dev", "slow"):
        assert "sekmet" not in (REQUIREMENTS / f"{name}.txt").read_text("utf-8")
