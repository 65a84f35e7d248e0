"""Fictional charts of the demo, relative to a day.

They must not hold a real person's data.
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
"""Chart names in the order of the page.

Each is `charts/<name>.json`.
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day of interest with its description.

    A chart's tags name it in days after the shown day.
    """

    as_of: date
    label: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """One patient in the page's list.

    `about` describes the chart in a few words.
    """

    id: str
    name: str
    gender: str
    birth_date: str
    about: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Charts:
    """All charts as of `day`, with portraits in the page's order."""

    day: date
    portraits: tuple[Portrait, ...]
    by_patient: Mapping[str, tuple[Stored, ...]]

    def of_type(self, kind: str) -> tuple[Stored, ...]:
        """Return every resource of a type in the order of charts."""
        return tuple(item for chart in self.by_patient.values() for item in chart if item.type == kind)

    def read(self, kind: str, resource_id: str) -> Stored | None:
        """Return a resource by type and id, or None."""
        return next((item for item in self.of_type(kind) if item.id == resource_id), None)


@lru_cache(maxsize=2)
def load_charts(today: date) -> Charts:
    """Return the cached charts of a day, byte for byte stable."""
    bundles = [msgspec.json.decode(resolved(text, today)) for text in chart_texts()]
    charts = [[entry["resource"] for entry in bundle["entry"]] for bundle in bundles]
    return Charts(
        day=today,
        portraits=tuple(_portrait(bundle, chart[0], today) for bundle, chart in zip(bundles, charts, strict=True)),
        by_patient=MappingProxyType({chart[0]["id"]: tuple(stored(item) for item in chart) for chart in charts}),
    )


@cache
def chart_texts() -> tuple[str, ...]:
    """Return the chart files as written, read once."""
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
