"""The charts of the synthetic clinic: quiet ones, and those of cases, looked at by the real rules and cards.

It must not know clinicians.
Its tests are those that use it.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from cards.fingerprint import Concern
from cds_service.audit.pseudonyms import Pseudonyms, key_of
from cds_service.evaluation.evaluate import Evaluation, assess_chart, render_cards
from cds_service.evaluation.suppression import sealed_concern
from cds_service.fhir.chart.local_chart import chart_of
from rules.facts import Gap
from tests.evaluating import CASES, made
from tests.vignettes import Vignette, resources

ANY_DAY = date(2025, 7, 1)
EPISODE_DAYS = 60
"""So long a patient's symptoms are on record before the chart is that of somebody without."""
FOLDERS = ("local", "regional", "brain", "bone", "liver", "lung")
CASES_A_FOLDER = 4
NAMES = Pseudonyms((key_of(b"of the synthetic clinic"),))


@dataclass(frozen=True)
class Patient:
    """Somebody with a chart: quiet, or with a case's findings from a day on."""

    id: str
    client: str
    case: str | None
    onset: date | None
    has_history: bool


@cache
def chosen_cases() -> tuple[str, ...]:
    """Cases of each site that lead to a card."""
    plain = [case for case in CASES.values() if case.sites and case.age]
    return tuple(
        case.id for folder in FOLDERS for case in [each for each in plain if each.folder == folder][:CASES_A_FOLDER]
    )


def looked_at(patient: Patient, day: date, gaps: tuple[Gap, ...]) -> tuple[Evaluation, tuple[Concern, ...]]:
    """What rules and cards make of a patient's chart on a day, and what the cards raise.

    A case is looked at so long after its own day.
    """
    age = None if patient.onset is None else (day - patient.onset).days
    if patient.case is None or age is None or not 0 <= age < EPISODE_DAYS:
        return _looked_at("history" if patient.has_history else "nothing", 0, gaps)
    return _looked_at(patient.case, age, gaps)


@cache
def _looked_at(name: str, days: int, gaps: tuple[Gap, ...]) -> tuple[Evaluation, tuple[Concern, ...]]:
    plain = {"history": True, "nothing": False}
    case: Vignette = made(as_of=ANY_DAY, history=plain[name]) if name in plain else CASES[name]
    chart, day = resources(case), case.as_of + timedelta(days=days)
    raw = [json.dumps(resource).encode() for resource in chart]
    appraisal = assess_chart(chart_of(raw, chart[0]["id"], day, gaps=gaps), day)
    sealed = (sealed_concern(concern, "clinic", NAMES) for concern in appraisal.concerns)
    return render_cards(appraisal), tuple(sealed)
