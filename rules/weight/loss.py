"""Loss of weight with its amount and explanation (WEIGHT-1).

Tests: tests/rules/test_weight.py, rules/weight/cases.yaml.
"""

import calendar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import takewhile

from rules.case import Case
from rules.evidence.finding import Where
from rules.facts import Record
from rules.outcome import Finding, Measure, Missing
from rules.sheet import sheet
from rules.weight.series import Series, Weight, height, highest, usable_weights

SHEET = sheet("weight")
CHILDBIRTH = ("alt_pregnancy", "alt_lactation_mastitis", "delivery")
MONTHS = len(calendar.month_name) - 1


@dataclass(frozen=True, slots=True)
class WeightLoss:
    """A measured loss at the limit, with its explanations."""

    finding: Finding | None
    intended_by: tuple[str, ...] = ()
    """Explanations that take the measured loss out of account."""
    lowered_by: tuple[str, ...] = ()
    """Explanations that lower the level by one step."""
    unusable: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Current weight and highest weight of the window before."""

    series: Series
    current: Weight | None
    baseline: Weight | None


def comparison(case: Case) -> Comparison:
    """Return the compared weights of a case."""
    series = usable_weights(case)
    days = series.days
    current = days[-1] if days and days[-1].on >= case.ago(SHEET.days("current_days", case.as_of)) else None
    baseline = current and highest(days, lambda on: _before(on, current, case.as_of))
    return Comparison(series, current, baseline)


def weight_loss(case: Case) -> WeightLoss:
    """Return the measured loss of weight with its explanations."""
    compared = comparison(case)
    series, current, baseline = compared.series, compared.current, compared.baseline
    days = series.days
    first = baseline.on if baseline else case.ago(SHEET.days("unmeasured_days", case.as_of))
    last = current.on if current and baseline else case.as_of
    return WeightLoss(
        finding=_lost(case, days, baseline, current) if current and baseline else None,
        intended_by=_intended(case, baseline, first, last),
        lowered_by=(
            *_stands(case, "alt_hyperthyroid"),
            *_dated(case, "alt_diuresis", first, last),
        ),
        unusable=series.unusable,
    )


def _before(on: date, current: Weight, as_of: date) -> bool:
    first, last = window(current, as_of)
    return first <= on <= last


def _lost(case: Case, days: tuple[Weight, ...], baseline: Weight, current: Weight) -> Finding | None:
    """Return the loss as a finding if it counts.

    It reaches the limit, began after the cancer and is not due to childbirth.
    """
    percent = (baseline.kg - current.kg) / baseline.kg * SHEET.limit("percent", case.as_of)
    index = case.history.index_date
    if percent < SHEET.limit("loss_percent", case.as_of) or (index is not None and current.on < index):
        return None
    births = (_dated(case, concept, baseline.on, current.on) for concept in CHILDBIRTH)
    if any(births):
        return None
    low = low_from(baseline, case.as_of)
    later = [weight for weight in days if weight.on > baseline.on]
    stayed_low = list(takewhile(lambda weight: weight.kg <= low, reversed(later)))
    return Finding(
        concept="measured_weight_loss",
        records=(*current.records, *baseline.records),
        newest=current.on,
        started=stayed_low[-1].on,
        measure=Measure("weight", current.kg, "kg", limit=baseline.kg, since=baseline.on, percent=percent),
    )


def low_from(baseline: Weight, as_of: date) -> Decimal:
    """Return the highest weight in kg that counts as a loss."""
    whole = SHEET.limit("percent", as_of)
    return baseline.kg * (whole - SHEET.limit("loss_percent", as_of)) / whole


def window(current: Weight, as_of: date) -> tuple[date, date]:
    """Return first and last day of the baseline window."""
    farthest, nearest = SHEET.days("baseline_to_days", as_of), SHEET.days("baseline_from_days", as_of)
    return current.on - farthest, current.on - nearest


def _intended(case: Case, baseline: Weight | None, first: date, last: date) -> tuple[str, ...]:
    """Return explanations of an intended loss.

    They are a GLP-1 agonist, bariatric surgery and a diet (WEIGHT-1).
    """
    since = months_before(case.as_of, int(SHEET.limit("bariatric_months", case.as_of)))
    begin = first - SHEET.days("intended_before_days", case.as_of) if baseline else first
    heavy = _heavy(case, baseline)
    counselling = SHEET.code_sets["counselling"]

    def intent(record: Record) -> bool:
        return heavy or not counselling.any_of(record.codes)

    return (
        *_stands(case, "alt_glp1"),
        *_dated(case, "alt_bariatric", since, case.as_of),
        *_dated(case, "alt_intentional_weight_loss", begin, last, intent),
    )


def _stands(case: Case, concept: str) -> tuple[str, ...]:
    """Return a present or active alternative."""
    return case.explained(concept) if _counts(case, concept) else ()


def _dated(case: Case, concept: str, first: date, last: date, where: Where | None = None) -> tuple[str, ...]:
    """Return an alternative dated within [first, last]."""
    return (concept,) if _counts(case, concept) and case.dated(concept, first, last, where) else ()


def _counts(case: Case, concept: str) -> bool:
    return concept in SHEET.rule("WEIGHT-1", case.as_of).alternatives


def _heavy(case: Case, baseline: Weight | None) -> bool:
    metres = case.once(height)
    return (
        baseline is not None
        and metres is not None
        and baseline.kg / (metres * metres) >= SHEET.limit("diet_bmi", case.as_of)
    )


def months_before(day: date, months: int) -> date:
    """Return the day a number of calendar months earlier.

    It is the last day of a shorter month.
    """
    total = day.year * MONTHS + day.month - 1 - months
    year, month = divmod(total, MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
