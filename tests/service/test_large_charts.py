"""Large charts take longer in proportion to their size, not to its square.

It must not judge how fast a machine is: the two sizes are compared with each other.
It tests the service as a whole.
"""

from datetime import timedelta
from time import process_time

import pytest

from tests.builders import DAY, Chart, Resource, a_patient, answer_to, call_of, condition, observation, topics

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SMALL, FACTOR = 400, 10
TOLERATED = 25
"""Ten times the records may take so many times as long; the square would be a hundred."""


def _records(number: int) -> list[Resource]:
    """Findings that rules look at: values of the liver, headaches on many days, ends and denials among them."""
    made: list[Resource] = []
    for each in range(number // 4):
        day = (DAY - timedelta(days=each % 360)).isoformat()
        made += [
            condition("R51.9", day),
            condition("R05.9", day, encounter={"reference": f"Encounter/e{each}"}),
            observation("1742-6", day, valueQuantity={"value": 20 + each % 90, "unit": "U/L"}),
            observation("29463-7", day, valueQuantity={"value": 80 - each % 9, "unit": "kg"}),
        ]
    return made


async def _seconds(chart: Chart) -> float:
    """The least time of the processor that an answer took, of three."""
    call = call_of(chart.prefetch())
    took = []
    for _ in range(3):
        began = process_time()
        answer = await answer_to(call)
        took.append(process_time() - began)
        assert "local" in topics(answer.json())
    return min(took)


async def test_ten_times_the_records_take_about_ten_times_as_long() -> None:
    """Also where every record concerns a rule, so that none is left out unread."""
    chart = a_patient().with_history().with_lump()
    few = await _seconds(chart.with_(*_records(SMALL)))
    many = await _seconds(chart.with_(*_records(SMALL * FACTOR)))

    assert many < few * TOLERATED
