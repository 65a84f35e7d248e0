"""How far back any rule reads a kind of measurement: the sum of the rules' own windows, so that neither can drift.

Must not be read by a rule: it tells a reader of charts what may be left out.
Tests: tests/rules/test_lookback.py.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from rules.codes import LABORATORY, VITAL, WEIGHT
from rules.sheet import sheet

WINDOWS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        VITAL: (("labs", "vital_days"),),
        LABORATORY: (("labs", "value_days"), ("labs", "repeat_to_days")),
        WEIGHT: (("weight", "current_days"), ("weight", "baseline_to_days"), ("weight", "slip_window_days")),
    }
)


def lookback(kind: str, on: date) -> timedelta:
    """Return how old a measurement of a kind may be and still change an answer, with a day more for time zones.

    Of weights one more day matters, whatever its age: the last before, since a spike is one by its neighbours.
    """
    windows = (sheet(folder).days(name, on) for folder, name in WINDOWS[kind])
    return sum(windows, sheet("evidence").days("future_days", on))
