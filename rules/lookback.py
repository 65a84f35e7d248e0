"""Look-back of measurements, the sum of the rules' windows.

Readers of charts use it to skip old records, and WEIGHT-1 to leave out the same ones.
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
    """Return the look-back of a kind with a day for time zones.

    Of weights the last one before counts too, because its neighbours show a spike.
    """
    windows = (sheet(folder).days(name, on) for folder, name in WINDOWS[kind])
    return sum(windows, sheet("evidence").days("future_days", on))
