"""Weights and laboratory values as tables for plots.

Tests: tests/evidence_view/test_plots.py.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from cards.concepts import concept_name
from cards.numbers import plain
from cards.words import Words, capitalised, english
from cds_service.evidence_view.marks import status_of
from cds_service.evidence_view.phrases import Phrases
from rules.case import Case
from rules.codes import LABORATORY
from rules.evidence.presence import evidence_date
from rules.facts import Record
from rules.labs.value import SHEET as LABS
from rules.labs.value import LabValue, unit_of, values_of
from rules.lookback import lookback
from rules.sheet import sheet
from rules.weight.loss import SHEET as WEIGHTS
from rules.weight.loss import comparison, low_from, window
from rules.weight.series import Weight, converted

LOWER = frozenset({"lab_hemoglobin", "lab_platelets", "lab_neutrophils"})
"""Tests that are abnormal below a limit (bone)."""
HUNDRED = Decimal(100)
MOST = 200
"""Maximum number of rows, the newest ones."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number for readers and for the plot."""

    shown: str
    exact: str


@dataclass(frozen=True, slots=True)
class Row:
    """One value with its source."""

    day: date
    value: Number
    """In the unit of the table."""
    limit: Number | None
    note: str
    is_out: bool
    """True beyond its limit or if unused."""
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line across a plot."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of days across a plot."""

    first: date
    last: date
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A table with the further parts of its plot."""

    id: str
    title: str
    unit: str
    caption: str
    rows: tuple[Row, ...]
    """Oldest first."""
    said: str = ""
    lines: tuple[Line, ...] = ()
    band: Band | None = None
    left: int = 0
    """Number of older, unlisted rows."""


def weight_plot(case: Case, phrases: Phrases) -> Plot | None:
    """Return weights with window, baseline and limit, or None."""
    compared = comparison(case)
    used = {id(record) for weight in compared.series.days for record in weight.records}
    records = case.records("body_weight")
    rows = sorted(filter(None, (_weight_row(record, case, used, phrases) for record in records)), key=_order)
    if not rows:
        return None
    current, baseline = compared.current, compared.baseline
    text, percent = phrases.tables["weight"], plain(WEIGHTS.limit("loss_percent", case.as_of), phrases.words)
    lines: tuple[Line, ...] = ()
    band = None
    if current is not None:
        band = Band(*window(current, case.as_of), text["window"])
    if baseline is not None:
        low, kg = number_of(low_from(baseline, case.as_of), phrases.words), plain(baseline.kg, phrases.words)
        lines = (Line(low.exact, phrases.said("weight", "line", percent=percent, baseline=kg, low=low.shown)),)
    return Plot(
        id="weight",
        title=text["title"],
        unit="kg",
        caption=phrases.said("weight", "caption", percent=percent),
        rows=tuple(rows[-MOST:]),
        said=_compared(case, current, baseline, phrases),
        lines=lines,
        band=band,
        left=max(0, len(rows) - MOST),
    )


def _weight_row(record: Record, case: Case, used: set[int], phrases: Phrases) -> Row | None:
    on, quantity = evidence_date(record, case.as_of), record.value.quantity
    kg = None if quantity is None else converted(quantity, "units")
    if on is None or kg is None:
        return None
    is_used = id(record) in used
    note = phrases.tables["weight"]["used" if is_used else "not_used"]
    value = number_of(kg, phrases.words)
    return Row(on, value, None, note, not is_used, status_of(record, phrases), record.reference)


def _compared(case: Case, current: Weight | None, baseline: Weight | None, phrases: Phrases) -> str:
    if current is None or baseline is None:
        return phrases.said("weight", "no_comparison", current_days=WEIGHTS.days("current_days", case.as_of).days)
    first, last = window(current, case.as_of)
    change = (current.kg - baseline.kg) / baseline.kg * HUNDRED
    return phrases.said(
        "weight",
        "compared",
        baseline=plain(baseline.kg, phrases.words),
        baseline_day=baseline.on,
        first=first,
        last=last,
        current=plain(current.kg, phrases.words),
        current_day=current.on,
        change=_signed(change, phrases.words),
    )


def _signed(number: Decimal, words: Words) -> str:
    sign = "\N{MINUS SIGN}" if number < 0 else "+" if number > 0 else ""
    return f"{sign}{plain(abs(number), words)}"


def lab_plots(case: Case, phrases: Phrases) -> tuple[Plot, ...]:
    """Return a table for each compared laboratory test with a value."""
    return tuple(plot for test in _tests() if (plot := _lab_plot(case, test, phrases)) is not None)


def _tests() -> tuple[str, ...]:
    names = (name.removesuffix("_units") for name in LABS.units)
    return tuple(name for name in names if name.startswith("lab_"))


def _lab_plot(case: Case, test: str, phrases: Phrases) -> Plot | None:
    since = case.as_of - lookback(LABORATORY, case.as_of)
    values = sorted(values_of(case, test, since, case.as_of), key=lambda value: (value.on, value.record.reference))
    if not values:
        return None
    lower = sheet("bone").limit(test, case.as_of) if test in LOWER else None
    unit = phrases.words.tables["unit"].get(unit_of(test), unit_of(test)).strip()
    text, kind = phrases.tables["lab"], "lower" if test in LOWER else "upper"
    name = capitalised(concept_name(test, phrases.words))
    return Plot(
        id=test.removeprefix("lab_").replace("_", "-"),
        title=name,
        unit=unit,
        caption=phrases.said("lab", "caption", test=name, unit=unit or text["unit_none"], limit=text[kind]),
        rows=tuple(_lab_row(value, lower, phrases) for value in values[-MOST:]),
        said=text["assumed_note"] if lower is None and any(v.assumed for v in values) else "",
        lines=(Line(plain(lower, english()), text["lower"]),) if lower is not None else (),
        left=max(0, len(values) - MOST),
    )


def _lab_row(value: LabValue, lower: Decimal | None, phrases: Phrases) -> Row:
    text, words = phrases.tables["lab"], phrases.words
    if lower is not None:
        is_out, limit, beyond = value.value < lower, number_of(lower, words), text["below"]
    else:
        is_out, limit, beyond = value.flagged_high or (_has_upper(value) and value.ratio > 1), None, text["above"]
        if _has_upper(value):
            limit = number_of(value.upper, words)
    note = beyond if is_out else text["within"] if limit else ""
    if limit and lower is None and value.assumed:
        limit = replace(limit, shown=f"{limit.shown} ({text['assumed']})")
    status, source = status_of(value.record, phrases), value.record.reference
    return Row(value.on, number_of(value.value, words), limit, note, is_out, status, source)


def number_of(number: Decimal, words: Words) -> Number:
    """Return a number with the language's decimal sign and with a point."""
    return Number(plain(number, words), plain(number, english()))


def _has_upper(value: LabValue) -> bool:
    """Return True for a test with a reported or assumed upper limit."""
    return not value.assumed or f"upper_{value.test}" in LABS.limits


def _order(row: Row) -> tuple[date, str]:
    return row.day, row.source


def lab_reach(as_of: date) -> timedelta:
    """Return the look-back of laboratory values."""
    return lookback(LABORATORY, as_of)
