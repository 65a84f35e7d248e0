"""The demo's charts: fictional patients written for this project, shown as of a given day.

Must not read the clock, hold a real person's data, or be imported by anything outside the demo.
Tests: tests/demo/test_demo.py, tests/demo/test_demo_cards.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import msgspec

from cds_service.demo.relative_dates import resolved
from cds_service.demo.search_index import Stored, stored

ORDER = (
    "brain",
    "spine",
    "lung",
    "liver",
    "bone",
    "regional-node",
    "local",
    "man",
    "metastatic",
    "already-ordered",
    "unreadable",
    "silent",
    "no-breast-cancer",
)
"""The charts in the order of the page; each is `charts/<name>.json`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day worth looking at, and what is to be seen; a chart's tags name it as days after the day shown."""

    as_of: date
    label: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """What the page's list says of one patient; `about` is what the chart shows, in a few words."""

    id: str
    name: str
    gender: str
    birth_date: str
    about: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Charts:
    """All charts as of `day`: portraits in the page's order, and each patient's resources, the Patient first."""

    day: date
    portraits: tuple[Portrait, ...]
    by_patient: Mapping[str, tuple[Stored, ...]]

    def of_type(self, kind: str) -> tuple[Stored, ...]:
        """Return every patient's resources of this type, in the order of the charts."""
        return tuple(item for chart in self.by_patient.values() for item in chart if item.type == kind)

    def read(self, kind: str, resource_id: str) -> Stored | None:
        """Return the resource with this type and id, or None when there is none."""
        return next((item for item in self.of_type(kind) if item.id == resource_id), None)


@lru_cache(maxsize=2)
def load_charts(today: date) -> Charts:
    """Return the charts as they look on this day; made once a day, and the same bytes every time."""
    bundles = [msgspec.json.decode(resolved(text, today)) for text in chart_texts()]
    charts = [[entry["resource"] for entry in bundle["entry"]] for bundle in bundles]
    return Charts(
        day=today,
        portraits=tuple(_portrait(bundle, chart[0], today) for bundle, chart in zip(bundles, charts, strict=True)),
        by_patient=MappingProxyType({chart[0]["id"]: tuple(stored(item) for item in chart) for chart in charts}),
    )


@cache
def chart_texts() -> tuple[str, ...]:
    """Return the chart files as written, read once: later days need no disk."""
    folder = files("cds_service.demo") / "charts"
    return tuple((folder / f"{name}.json").read_text("utf-8") for name in ORDER)


def _portrait(bundle: Mapping[str, Any], patient: Mapping[str, Any], today: date) -> Portrait:
    name = patient["name"][0]
    about, *moments = bundle["meta"]["tag"]
    return Portrait(
        id=patient["id"],
        name=f"{' '.join(name['given'])} {name['family']}",
        gender=patient["gender"],
        birth_date=patient["birthDate"],
        about=about["display"],
        moments=tuple(Moment(today + timedelta(int(tag["code"])), tag["display"]) for tag in moments),
    )
