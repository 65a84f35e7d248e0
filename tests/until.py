"""Waiting in tests for what another task or process does: until it is so, or a minute has gone.

It must not be used where the thing itself can be awaited.
Its tests are those that import it.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from time import monotonic

MOST_S = 60.0
STEP_S = 0.02


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Return when the condition holds; it is asked again and again."""
    end = monotonic() + MOST_S
    while monotonic() < end:
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        await asyncio.sleep(STEP_S)
    raise AssertionError("It did not become so.")
