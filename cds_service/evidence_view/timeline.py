"""Positions of marks on the timeline, the last year wider.

Only listed marks may be drawn.
Tests: tests/evidence_view/test_timeline.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.evidence_view.marks import Lane, Mark
from cds_service.evidence_view.phrases import Phrases
from rules.sheet import sheet

LEFT, WIDTH, RIGHT_MARGIN = 190, 1000, 14
LANE_HEIGHT, TOP = 34, 8
EARLIER_SHARE = 0.36
MOST_TICKS = 6
TICK_ROOM = 40
"""Space around the turn without labels."""
MOST = 200
"""Maximum number of drawn marks of a lane."""
QUARTER = 3
DECIDING = frozenset({"history", "considered"})
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mark at its place."""

    x: float
    lane: str
    fate: str
    title: str


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A lane with its marks."""

    lane: Lane
    y: int
    marks: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A date on the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole drawing."""

    lanes: tuple[LaneRow, ...]
    ticks: tuple[Tick, ...]
    turn: float | None
    """Beginning of the last year, None without earlier marks."""
    width: int
    height: int
    left: int
    label: str


class _Axis:
    """Two linear scales from days to positions."""

    def __init__(self, first: date, as_of: date) -> None:
        self.as_of = as_of
        self.year = as_of - sheet("evidence").days("year_days", as_of)
        self.first = min(first, self.year)
        right = WIDTH - RIGHT_MARGIN
        self.turn = LEFT + (right - LEFT) * EARLIER_SHARE if self.first < self.year else float(LEFT)
        self.right = float(right)

    def at(self, when: date) -> float:
        """Return the place of a day."""
        if when >= self.year:
            share = (min(when, self.as_of) - self.year) / (self.as_of - self.year)
            return round(self.turn + (self.right - self.turn) * share, 1)
        return round(LEFT + (self.turn - LEFT) * ((when - self.first) / (self.year - self.first)), 1)

    def ticks(self) -> tuple[Tick, ...]:
        """Return whole years on the left and quarters on the right."""
        years = range(self.first.year + 1, self.year.year + 1)
        step = max(1, -(-len(years) // MOST_TICKS))
        places = ((self.at(date(year, 1, 1)), str(year)) for year in years[::step])
        found = [Tick(x, label) for x, label in places if x < self.turn - TICK_ROOM]
        month = date(self.year.year, self.year.month, 1)
        while month <= self.as_of:
            if month >= self.year and month.month % QUARTER == 1:
                found.append(Tick(self.at(month), f"{month:%Y-%m}"))
            month = _next_month(month)
        return tuple(found)


def overview(marks: Mapping[Lane, Iterable[Mark]], as_of: date, phrases: Phrases) -> Overview | None:
    """Return the drawing of dated marks, or None."""
    dated = {lane: [m for m in found if m.day is not None and m.day <= as_of] for lane, found in marks.items()}
    days = [mark.day for found in dated.values() for mark in found if mark.day is not None]
    if not days:
        return None
    axis = _Axis(min(days) - timedelta(days=30), as_of)
    lanes = [lane for lane in Lane if dated.get(lane)]
    rows = tuple(_row(lane, place, dated[lane], axis) for place, lane in enumerate(lanes))
    parts = ", ".join(f"{phrases.tables['lane'][lane]} {len(dated[lane])}" for lane in lanes)
    return Overview(
        lanes=rows,
        ticks=axis.ticks(),
        turn=axis.turn if axis.turn > LEFT else None,
        width=WIDTH,
        height=TOP + LANE_HEIGHT * len(lanes) + 44,
        left=LEFT,
        label=phrases.said("page", "timeline_chart", parts=parts),
    )


def _row(lane: Lane, place: int, marks: list[Mark], axis: _Axis) -> LaneRow:
    """Return a lane with the deciding marks on top."""
    in_order = sorted(marks[:MOST], key=lambda mark: (mark.fate in DECIDING, mark.day or date.min))
    drawn = tuple(Drawn(axis.at(m.day), lane.value, m.fate, m.title) for m in in_order if m.day)
    return LaneRow(lane, TOP + LANE_HEIGHT * place, drawn)


def _next_month(day: date) -> date:
    return date(day.year + day.month // DECEMBER, day.month % DECEMBER + 1, 1)
