"""What a reader of charts may leave out is nothing that a rule would have read."""

from datetime import date

import pytest

from rules.codes import LABORATORY, VITAL, WEIGHT
from rules.lookback import lookback
from tests.evaluating import assessed, levels, made

DAY = date(2026, 6, 15)


@pytest.mark.parametrize("kind, days", [(VITAL, 8), (LABORATORY, 271), (WEIGHT, 856)])
def test_the_reach_is_the_sum_of_the_windows_and_a_day(kind: str, days: int) -> None:
    """7 days; 90 and 180; 90, 365 and 400: as the sheets have them."""
    assert lookback(kind, DAY).days == days


@pytest.mark.parametrize(
    "tokens, expected",
    [
        (
            (
                "lnc:1742-6@2026-03-17{val=150;unit=U/L;high=40}",
                "lnc:1742-6@2025-09-18{val=150;unit=U/L;high=40}",
            ),
            "warning",
        ),
        (
            (
                "lnc:1742-6@2026-03-17{val=150;unit=U/L;high=40}",
                "lnc:1742-6@2025-09-17{val=150;unit=U/L;high=40}",
            ),
            "info",
        ),
        (("lnc:29463-7@2025-04-10{val=90;unit=kg}", "lnc:29463-7@2026-06-10{val=70;unit=kg}"), None),
        (("lnc:29463-7@2025-07-10{val=90;unit=kg}", "lnc:29463-7@2026-06-10{val=70;unit=kg}"), "warning"),
    ],
)
def test_the_oldest_values_that_count_are_read(tokens: tuple[str, ...], expected: str | None) -> None:
    """A repeat at its far end; a weight at the far end of a baseline."""
    assert levels(assessed(made(*tokens, as_of=DAY))).get("liver") == expected


@pytest.mark.parametrize("old", ["2019-05-10", "2023-02-10/2019-05-10", "2023-02-10T08:00:00Z/2023-02-10T09:00:00Z"])
def test_a_spike_is_one_by_its_neighbours_however_old_they_are(old: str) -> None:
    """A single 90 kg between 70 and 70 is a slip of the pen, not a loss of 20 kg."""
    spike = ("lnc:29463-7@2025-07-10{val=90;unit=kg}", "lnc:29463-7@2026-06-10{val=70;unit=kg}")

    assert levels(assessed(made(f"lnc:29463-7@{old}{{val=70;unit=kg}}", *spike, as_of=DAY))) == {}
    assert levels(assessed(made(*spike, as_of=DAY))) == {"liver": "warning"}


@pytest.mark.parametrize("given, expected", [("2025-01-20", "info"), ("2024-12-01", "warning")])
def test_a_vaccination_counts_by_its_distance_from_the_node(given: str, expected: str) -> None:
    """However long ago: here the node has been on the problem list since February of last year."""
    chart = made(
        "icd:R59.0@2026-06-01{onset=2025-02-20;body=axilla;cat=problem-list-item}",
        f"txt:immunization@{given}",
        as_of=DAY,
    )

    assert levels(assessed(chart)) == {"regional-node": expected}
