"""Weights as a clean series of days (WEIGHT-1).

Tests: tests/rules/test_weight.py, rules/weight/cases.yaml.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from rules.case import Case
from rules.codes import HEIGHT, WEIGHT
from rules.evidence.presence import OBSERVED, evidence_date
from rules.facts import Quantity, Record
from rules.lookback import lookback
from rules.outcome import Missing
from rules.sheet import sheet
from rules.units import factor

SHEET = sheet("weight")


@dataclass(frozen=True, slots=True)
class Weight:
    """Median weight of a day in kg with its records."""

    on: date
    kg: Decimal
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Usable day values, oldest first, and unusable ones."""

    days: tuple[Weight, ...]
    unusable: tuple[Missing, ...] = ()


def converted(quantity: Quantity, table: str) -> Decimal | None:
    """Return a quantity in kg or m, or None.

    UCUM code and unit text must agree if both are known.
    """
    found = factor(quantity, SHEET.units[table])
    return None if found is None else quantity.value * found


def usable_weights(case: Case) -> Series:
    """Return the usable weights up to the day."""
    as_of = case.as_of
    by_day: dict[date, list[tuple[Decimal, Record]]] = {}
    unusable: list[Missing] = []
    for record in case.records("body_weight"):
        on = evidence_date(record, case.as_of)
        if record.status not in OBSERVED or on is None or not _grown_up(case, on):
            continue
        quantity = record.value.quantity
        if record.broken:
            continue
        if quantity is None:
            unusable += [Missing("body_weight", "value", card=False)] if record.value.text else []
            continue
        kg = converted(quantity, "units")
        if kg is None or quantity.comparator:
            unusable.append(Missing("body_weight", "no-unit" if quantity.unit is None else "unit", card=False))
        elif kg <= 0:
            unusable.append(Missing(record.reference, "value"))
        elif _plausible(case, kg):
            by_day.setdefault(on, []).append((kg, record))
    days = [Weight(on, median(kg for kg, _ in found), tuple(r for _, r in found)) for on, found in by_day.items()]
    days.sort(key=lambda weight: weight.on)
    days = _looked_at(days, as_of)
    return Series(
        _confirmed(_without_spikes(_without_slips(days, as_of), as_of), as_of), tuple(dict.fromkeys(unusable))
    )


def _looked_at(days: list[Weight], as_of: date) -> list[Weight]:
    """Return the days of the look-back and the last day before it.

    Older ones are read only if their date has an unusual form.
    """
    first = as_of - lookback(WEIGHT, as_of)
    earlier = [weight for weight in days if weight.on < first]
    return [*earlier[-1:], *days[len(earlier) :]]


def _grown_up(case: Case, on: date) -> bool:
    born = case.facts.person.born
    return born is None or (on - born.last).days >= int(
        SHEET.limit("adult_age", case.as_of) * SHEET.limit("days_per_year", case.as_of)
    )


def height(case: Case) -> Decimal | None:
    """Return the body height in m, or None.

    Of several of an adult it is the newest that another confirms.
    """
    as_of = case.as_of
    found = [(*measured, r.reference) for r in case.records(HEIGHT) if (measured := height_of(r, as_of)) is not None]
    found.sort(key=lambda each: (each[0], each[2]), reverse=True)
    compared = sorted({on for on, _, _ in found}, reverse=True)[: compared_heights(as_of)]
    adult = [metres for on, metres, _ in found if on in compared and _grown_up(case, on)]
    if not adult[1:]:
        return found[0][1] if found else None
    jump = SHEET.limit("height_jump", as_of)
    return next((m for m in adult if sum(abs(m - other) <= jump for other in adult) > 1), None)


def compared_heights(as_of: date) -> int:
    """Return the number of days whose heights are compared."""
    return int(SHEET.limit("heights_compared", as_of))


def height_of(record: Record, as_of: date) -> tuple[date, Decimal] | None:
    """Return day and height in m, or None if unusable."""
    if record.status not in OBSERVED or record.value.quantity is None:
        return None
    on, metres = evidence_date(record, as_of), converted(record.value.quantity, "height_units")
    plausible = metres is not None and SHEET.limit("height_min", as_of) <= metres <= SHEET.limit("height_max", as_of)
    return (on, metres) if on is not None and metres is not None and plausible else None


def _plausible(case: Case, kg: Decimal) -> bool:
    if not SHEET.limit("weight_min", case.as_of) <= kg <= SHEET.limit("weight_max", case.as_of):
        return False
    metres = case.once(height)
    return metres is None or SHEET.limit("bmi_min", case.as_of) <= kg / (metres * metres) <= SHEET.limit(
        "bmi_max", case.as_of
    )


def _without_slips(days: list[Weight], as_of: date) -> list[Weight]:
    """Return the days without pounds and kilograms confused (WEIGHT-1)."""
    window = SHEET.days("slip_window_days", as_of)

    def slipped(weight: Weight) -> bool:
        others = [o.kg for o in days if o is not weight and abs(o.on - weight.on) <= window]
        if not others:
            return False
        ratio = weight.kg / median(others)
        high = SHEET.limit("slip_high_from", as_of) <= ratio <= SHEET.limit("slip_high_to", as_of)
        return high or SHEET.limit("slip_low_from", as_of) <= ratio <= SHEET.limit("slip_low_to", as_of)

    return [weight for weight in days if not slipped(weight)]


def _without_spikes(days: list[Weight], as_of: date) -> list[Weight]:
    """Return the days without single values far from both neighbours.

    The neighbours agree (WEIGHT-1).
    """

    def spike(before: Weight, weight: Weight, after: Weight) -> bool:
        far = all(_apart(weight, other) > SHEET.limit("spike_from", as_of) for other in (before, after))
        return far and _apart(after, before) <= SHEET.limit("spike_agree", as_of)

    spikes = {b.on for a, b, c in zip(days, days[1:], days[2:], strict=False) if spike(a, b, c)}
    return [weight for weight in days if weight.on not in spikes]


def _apart(weight: Weight, other: Weight) -> Decimal:
    return abs(weight.kg - other.kg) / other.kg


def _confirmed(days: list[Weight], as_of: date) -> tuple[Weight, ...]:
    """Return the days without an implausible newest fall.

    It counts once it is repeated (WEIGHT-1).
    """
    if len(days) < len(("before", "newest")):
        return tuple(days)
    before, newest = days[-2], days[-1]
    fell = (before.kg - newest.kg) / before.kg > SHEET.limit("sudden_from", as_of)
    return tuple(days[:-1]) if fell and newest.on - before.on <= SHEET.days("sudden_days", as_of) else tuple(days)


def highest(days: Iterable[Weight], within: Callable[[date], bool]) -> Weight | None:
    """Return the highest day value, the latest of equals."""
    candidates = [weight for weight in days if within(weight.on)]
    return max(candidates, key=lambda weight: (weight.kg, weight.on), default=None)
