"""The tests and their names are the same in every process: two processes can share them out."""

import os
import subprocess
import sys

import pytest

SEEDS = ("1", "2")
"""Of Python's hashes: a set is gone through in another order with each."""


@pytest.mark.slow
def test_every_process_finds_the_same_tests_in_the_same_order() -> None:
    """What comes out of a set is sorted before it names a test."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    runs = [
        subprocess.Popen(command, env=ours | {"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, text=True)
        for seed in SEEDS
    ]

    first, second = ([line for line in run.communicate()[0].splitlines() if "::" in line] for run in runs)

    assert first
    assert first == second
