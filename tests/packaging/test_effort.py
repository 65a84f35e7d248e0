"""What fixed calls take, counted: more than a tenth above what bench/effort.toml says is a regression.

Nothing is timed, so that the figure is the same on a busy machine; `make effort` writes it anew.
"""

import os
import subprocess
import sys
import tomllib

import pytest

from bench import effort

TENTH = 0.1
COUNTED = ("instructions", "kilobytes")


@pytest.fixture(scope="module")
def now() -> dict[str, effort.Counts]:
    """What the calls take now: counted in a process of its own, which nobody else traces."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
    command = [sys.executable, "-m", "bench.effort"]
    run = subprocess.run(command, env=ours | {"PYTHONHASHSEED": "0"}, check=True, capture_output=True, text=True)
    figures: dict[str, dict[str, effort.Counts]] = tomllib.loads(run.stdout)
    return figures[effort.version()]


@pytest.mark.parametrize("call", [f"{variant}-{size}" for variant, size in effort.CALLS])
def test_a_fixed_call_takes_no_more_than_it_did(call: str, now: dict[str, effort.Counts]) -> None:
    """Nor much less: then the figure is to be lowered, so that what was won is not lost again unseen."""
    before = effort.stored()[effort.version()][call]

    changed = {what: now[call][what] / before[what] - 1 for what in COUNTED}

    assert {what: f"{by:+.0%}: see why, then `make effort`" for what, by in changed.items() if abs(by) > TENTH} == {}
