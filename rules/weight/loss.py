"""Whether weight was lost, how much, and what explains it (rules.md 6.5 to 6.9).

Must not decide a card level: LIVER-2 does.
Tests: tests/rules/test_weight.py, rules/weight/cases.yaml.
"""

import calendar
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from rules.case import Case
from rules.facts import Record
from rules.outcome import Finding, Measure, Missing
from rules.rule import sheet
from rules.weight.series import Weight, height, highest, usable_weights

SHEET = sheet("weight")
LIMITS = SHEET.limits
MONTHS = len(calendar.month_name) - 1


@dataclass(frozen=True, slots=True)
class WeightLoss:
    """A measured loss that reaches the limit, if any, and what is on record to explain a loss."""

    finding: Finding | None
    intended_by: tuple[str, ...] = ()
    """Explanations that take the measured loss out of account."""
    lowered_by: tuple[str, ...] = ()
    """Explanations that lower by one step."""
    unusable: tuple[Missing, ...] = ()


def weight_loss(case: Case) -> WeightLoss:
    """Return the measured loss of weight up to the day looked at, with its explanations."""
    series = usable_weights(case)
    days = series.days
    current = days[-1] if days and days[-1].on >= case.ago(SHEET.days("current_days")) else None
    baseline = current and highest(days, lambda on: _before(on, current.on))
    first = baseline.on if baseline else case.ago(SHEET.days("unmeasured_days"))
    last = current.on if current and baseline else case.as_of
    return WeightLoss(
        finding=_lost(case, days, baseline, current) if current and baseline else None,
        intended_by=_intended(case, baseline, first, last),
        lowered_by=(
            *case.explained("alt_hyperthyroid"),
            *(("alt_diuresis",) if case.dated("alt_diuresis", first, last) else ()),
        ),
        unusable=series.unusable,
    )


def _before(on: date, current: date) -> bool:
    return SHEET.days("baseline_from_days") <= current - on <= SHEET.days("baseline_to_days")


def _lost(case: Case, days: tuple[Weight, ...], baseline: Weight, current: Weight) -> Finding | None:
    """Return the loss as a finding when it reaches the limit, began after the cancer and is not of childbirth."""
    percent = (baseline.kg - current.kg) / baseline.kg * LIMITS["percent"]
    index = case.history.index_date
    if percent < LIMITS["loss_percent"] or (index is not None and current.on < index):
        return None
    births = (case.dated(c, baseline.on, current.on) for c in ("alt_pregnancy", "alt_lactation_mastitis", "delivery"))
    if any(births):
        return None
    low = baseline.kg * (LIMITS["percent"] - LIMITS["loss_percent"]) / LIMITS["percent"]
    later = [weight for weight in days if weight.on > baseline.on]
    stayed_low = list(takewhile(lambda weight: weight.kg <= low, reversed(later)))
    return Finding(
        concept="measured_weight_loss",
        records=(*current.records, *baseline.records),
        newest=current.on,
        started=stayed_low[-1].on,
        measure=Measure("weight", current.kg, "kg", limit=baseline.kg, since=baseline.on, percent=percent),
    )


def _intended(case: Case, baseline: Weight | None, first: date, last: date) -> tuple[str, ...]:
    """Return what makes a loss an intended one: a GLP-1 agonist, bariatric surgery, a diet (6.8)."""
    explained = list(case.explained("alt_glp1"))
    if case.dated("alt_bariatric", months_before(case.as_of, int(LIMITS["bariatric_months"])), case.as_of):
        explained.append("alt_bariatric")
    begin = first - SHEET.days("intended_before_days") if baseline else first
    heavy = _heavy(case, baseline)
    counselling = SHEET.code_sets["counselling"]

    def intent(record: Record) -> bool:
        return heavy or not counselling.any_of(record.codes)

    if case.dated("alt_intentional_weight_loss", begin, last, intent):
        explained.append("alt_intentional_weight_loss")
    return tuple(explained)


def _heavy(case: Case, baseline: Weight | None) -> bool:
    metres = case.once(height)
    return baseline is not None and metres is not None and baseline.kg / (metres * metres) >= LIMITS["diet_bmi"]


def months_before(day: date, months: int) -> date:
    """Return the day so many calendar months before, the last of the month where it has no such day."""
    total = day.year * MONTHS + day.month - 1 - months
    year, month = divmod(total, MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
