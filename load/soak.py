"""100,000 calls of mixed sizes to one worker, and what memory it holds on the way.

It must not change a setting: the service runs as it is shipped, in development.
Tests: `make soak` runs it.
"""

import asyncio
import statistics
from typing import Final

from bench.charts import Variant
from bench.servers import service
from load import calls, processes
from load.driver import Reply, answered, closed_loop, told
from load.promise import Promise

CALLS: Final = 100_000
ROUND: Final = (
    (50, Variant.CARD, 1000),
    (500, Variant.NO_HISTORY, 600),
    (500, Variant.CARD, 300),
    (2000, Variant.CARD, 100),
)
"""Sizes, variants, and how often each comes in a round."""
WARM_ROUNDS: Final = 5
MOST_CHANGE: Final = 0.05


async def soak() -> list[Promise]:
    """How far the resident memory of a worker moves, once it is warm."""
    each = sum(times for *_, times in ROUND)
    held: list[float] = []
    every: list[Reply] = []
    with service() as server:
        targets = [(calls.prefetched(server, size, variant), times) for size, variant, times in ROUND]
        for _ in range(CALLS // each):
            replies = await asyncio.gather(
                *(closed_loop(target, connections=1, calls=times) for target, times in targets)
            )
            every += (reply for some in replies for reply in some)
            held.append(processes.resident_mib(server.pid))
    warm = held[WARM_ROUNDS:]
    middle = statistics.median(warm)
    change = max(abs(each / middle - 1) for each in warm)
    all_answered = len(answered(every)) == CALLS
    on_the_way = f"{held[0]:.1f}, {', '.join(f'{held[i]:.1f}' for i in range(WARM_ROUNDS, len(held), 9))} MiB"
    return [
        Promise(f"how {CALLS:,} calls ended, of 50 to 2,000 resources", told(every), kept=all_answered),
        Promise(f"resident memory after {each:,} calls, then from {(WARM_ROUNDS + 1) * each:,} on", on_the_way),
        Promise(
            "its largest distance from the median, once warm",
            f"{change:.1%}",
            f"<= {MOST_CHANGE:.0%}",
            change <= MOST_CHANGE,
        ),
    ]
