"""Fixtures that every test may use.

It must not hold fixtures of one folder only: those stand beside their tests.
Its tests are all tests that await something.
"""

import pytest
from hypothesis import settings

# The same examples in each run, and no time limit for one: machines that run the tests differ in speed.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asyncio, which uvicorn and the service's own tasks run on."""
    return "asyncio"


LONGEST = frozenset({"test_schemathesis.py", "test_faults.py", "test_mutation.py"})
"""Files that take minutes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: else one process waits for the other at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the card snapshots anew, to be read as a difference before they are committed."""
    parser.addoption("--write-snapshots", action="store_true", help="write tests/cards/snapshots anew")
