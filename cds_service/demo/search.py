"""Lenient FHIR search over the demo's charts.

Unknown parameters are ignored and left out of `self`.
Tests: tests/demo/test_demo_fhir.py.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from cds_service.demo.charts import Charts
from cds_service.demo.search_index import SEARCHABLE, Searchable, Stored, Token
from cds_service.fhir.elements.dates import days
from rules.facts import Days

DEFAULT_COUNT = 50
MAX_COUNT = 200

_SMALL_NUMBER = re.compile(r"[0-9]{1,6}")
Criterion = Callable[[Stored], bool]

_COMPARED: dict[str, Callable[[Days, Days], bool]] = {
    "eq": lambda asked, found: asked.first <= found.first and found.last <= asked.last,
    "ge": lambda asked, found: found.last >= asked.first,
    "gt": lambda asked, found: found.last > asked.last,
    "le": lambda asked, found: found.first <= asked.last,
    "lt": lambda asked, found: found.first < asked.first,
}


@dataclass(frozen=True, slots=True)
class Query:
    """An understood search.

    `honoured` are the effective parameters as sent.
    """

    kind: str
    criteria: tuple[Criterion, ...]
    sort: str | None
    count: int
    offset: int
    honoured: tuple[tuple[str, str], ...]


def understood(kind: str, parameters: Iterable[tuple[str, str]]) -> Query:
    """Return the search with the known parameters of its type.

    Others are dropped, as HL7 allows.
    """
    searchable = SEARCHABLE[kind]
    criteria: list[Criterion] = []
    honoured: list[tuple[str, str]] = []
    control: dict[str, str] = {}
    for name, value in parameters:
        if name in ("_count", "_offset", "_sort"):
            control[name] = value
        elif criterion := _criterion(searchable, name, value):
            criteria.append(criterion)
            honoured.append((name, value))
    sort = control.get("_sort", "")
    sortable = sort.removeprefix("-") in searchable.dates
    count = _number(control.get("_count"))
    return Query(
        kind=kind,
        criteria=tuple(criteria),
        sort=sort if sortable else None,
        count=DEFAULT_COUNT if count is None else min(count, MAX_COUNT),
        offset=_number(control.get("_offset")) or 0,
        honoured=(
            *honoured,
            *((("_sort", sort),) if sortable else ()),
            *((("_count", str(min(count, MAX_COUNT))),) if count is not None else ()),
        ),
    )


def searchset(charts: Charts, query: Query, base: str) -> dict[str, Any]:
    """Return one page of hits as a searchset Bundle with `next`."""
    hits = [item for item in charts.of_type(query.kind) if all(fits(item) for fits in query.criteria)]
    page = _sorted(hits, query.sort)[query.offset : query.offset + query.count]
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(hits),
        "link": [{"relation": "self", "url": _url(query, base, query.offset)}],
    }
    following = query.offset + len(page)
    if page and following < len(hits):
        bundle["link"].append({"relation": "next", "url": _url(query, base, following)})
    if page:
        bundle["entry"] = [
            {"fullUrl": f"{base}/{item.type}/{item.id}", "resource": item.raw, "search": {"mode": "match"}}
            for item in page
        ]
    return bundle


def _url(query: Query, base: str, offset: int) -> str:
    pairs = (*query.honoured, *((("_offset", str(offset)),) if offset else ()))
    return f"{base}/{query.kind}?{urlencode(pairs)}" if pairs else f"{base}/{query.kind}"


def _sorted(hits: list[Stored], sort: str | None) -> list[Stored]:
    if sort is None:
        return hits
    name = sort.removeprefix("-")
    backwards = sort.startswith("-")
    undated = Days(date.min, date.min) if backwards else Days(date.max, date.max)
    return sorted(hits, key=lambda item: item.dates.get(name, undated), reverse=backwards)


def _criterion(searchable: Searchable, name: str, value: str) -> Criterion | None:
    """Return the test of a parameter, or None if unknown."""
    wanted = tuple(filter(None, (part.strip() for part in value.split(","))))
    if not wanted:
        return None
    if name == "_id":
        return lambda item: item.id in wanted
    if name in ("patient", "subject") and searchable.patient in (name, "subject"):
        patients = {part.rpartition("/")[2] for part in wanted}
        return lambda item: item.patient in patients
    if name in searchable.tokens:
        return lambda item: any(_matches(part, item.tokens[name]) for part in wanted)
    if name in searchable.dates:
        return _dated(name, wanted)
    return None


def _matches(wanted: str, found: frozenset[Token]) -> bool:
    system, bar, code = wanted.rpartition("|")
    if not bar:
        return any(token.code == wanted for token in found)
    return any(token.system == system and code in ("", token.code) for token in found)


def _dated(name: str, wanted: tuple[str, ...]) -> Criterion | None:
    spans: list[tuple[Callable[[Days, Days], bool], Days]] = []
    for part in wanted:
        prefix = part[:2] if part[:2].isalpha() else "eq"
        asked = days(part.removeprefix(prefix))
        if asked is None or prefix not in _COMPARED:
            return None
        spans.append((_COMPARED[prefix], asked))
    return lambda item: name in item.dates and any(compared(asked, item.dates[name]) for compared, asked in spans)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _SMALL_NUMBER.fullmatch(text) else None
