"""What the process remembers of the knowledge, forgotten before and after a change of it.

It must not forget the sheets and the catalogue themselves: those are what is changed.
Its tests are in tests/rules/test_mutation.py.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import _lru_cache_wrapper

from rules.codes import catalogue
from rules.sheet import sheet

PACKAGES = ("rules.", "cards.", "cds_service.")
KEPT = (sheet, catalogue)


@contextmanager
def without_caches() -> Iterator[None]:
    """Forget what was derived from the knowledge, now and at the end of the block."""
    forgetting = list(_forgetting())
    _call(forgetting)
    try:
        yield
    finally:
        _call(forgetting)


def _forgetting() -> Iterator[Callable[[], object]]:
    """Yield how each remembering function and method of the project forgets."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(PACKAGES):
            continue
        for value in list(vars(module).values()):
            members = vars(value).values() if isinstance(value, type) else ()
            for each in (value, *members):
                if isinstance(each, _lru_cache_wrapper) and each not in KEPT:
                    yield each.cache_clear


def _call(forgetting: list[Callable[[], object]]) -> None:
    for forget in forgetting:
        forget()
