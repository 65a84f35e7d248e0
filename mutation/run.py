"""Every mutant of the rules held against the cases, and those that no case notices against the tests.

It must not judge: a case or a test does.
Its tests are in tests/rules/test_mutation.py.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from zlib import crc32

from mutation.cases import fails
from mutation.code import Mutant, all_mutants
from tests.evaluating import CASES, facts_of_case
from tests.vignettes import Vignette

TESTS = (
    "tests/rules",
    "tests/cards/test_context.py",
    "tests/cards/test_detail.py",
    "tests/cards/test_evidence.py",
    "tests/cards/test_model.py",
    "tests/cards/test_orders.py",
)
ALREADY_HELD = ("--ignore=tests/rules/test_cases.py", "--ignore=tests/rules/test_mutation.py")
"""Tests of the cases, which were asked before, and of this folder."""
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-m", "not slow", "--tb=no", "--no-header", "--no-summary")
SECONDS = 60
"""A mutant that takes longer never ends."""
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: noticed by a case, by a test, by never ending, or by nothing."""

    module: str
    name: str
    lines: tuple[str, ...]
    noticed_by: str | None


def verdicts(most: int | None = None) -> Iterator[Verdict]:
    """Yield what became of every mutant of the rules, or of at most so many drawn by lot, in no fixed order."""
    for case in CASES.values():
        facts_of_case(case)
    gc.freeze()
    with get_context("fork").Pool(WORKERS) as pool:
        for share in pool.imap_unordered(partial(_share, most), range(WORKERS)):
            yield from share


def _share(most: int | None, number: int) -> list[Verdict]:
    """Judge every so manyth mutant."""
    mutants = sorted(all_mutants(), key=lambda mutant: crc32(mutant.name.encode()))[:most]
    return [_judged(mutant) for mutant in mutants[number::WORKERS]]


def _judged(mutant: Mutant) -> Verdict:
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        os._exit(_exit_code(mutant))
    _, status = os.waitpid(child, 0)
    noticed_by = {0: None, 1: "a case", 2: "a test"}.get(os.waitstatus_to_exitcode(status), "never ending")
    sys.stderr.write("." if noticed_by else "!")
    return Verdict(mutant.module, mutant.name, mutant.lines, noticed_by)


def _exit_code(mutant: Mutant) -> int:
    """Return 1 when a case notices, 2 when a test does, 0 when nothing does; runs in a process of its own."""
    with mutant.made():
        if any(fails(case, facts_of_case(case)) for case in _likeliest_first(mutant)):
            return 1
        return 2 if _a_test_fails() else 0


def _likeliest_first(mutant: Mutant) -> list[Vignette]:
    """Return the cases of the mutant's folder, then the others, each in an order that mixes what they are about."""
    folder = mutant.module.split(".")[1]
    return sorted(CASES.values(), key=lambda case: (case.folder != folder, crc32(case.id.encode())))


def _a_test_fails() -> bool:
    import pytest  # noqa: PLC0415 - only where the cases did not notice

    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a device, no file
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        return pytest.main([*OPTIONS, *ALREADY_HELD, *TESTS]) != pytest.ExitCode.OK
