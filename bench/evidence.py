"""What makes the patient of the `card` variant: a treated breast cancer and the findings of the last weeks.

Three cards follow from it at the as-of date: local (new lump), brain (persistent headache), liver (weight loss).
Tests: tests/service/test_bench_charts.py.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bench import resources
from bench.catalogue import ENCOUNTERS, ICD10CM, RXNORM, SNOMED, WEIGHT, Code
from bench.resources import Resource, Slot

AS_OF: Final = date(2026, 6, 15)
CANCER: Final = Code(ICD10CM, "C50.412", "Malignant neoplasm of upper-outer quadrant of left female breast")
LUMPECTOMY: Final = Code(SNOMED, "392021009", "Lumpectomy of breast")
RADIOTHERAPY: Final = Code(SNOMED, "1287742003", "Radiotherapy")
TAMOXIFEN: Final = Code(RXNORM, "10324", "tamoxifen")
LUMP: Final = Code(ICD10CM, "N63.21", "Unspecified lump in the left breast, upper outer quadrant")
HEADACHE: Final = Code(SNOMED, "25064002", "Headache")

USUAL_KG: Final = 74.0
LOST_KG: Final = 5.6
LOSS_DAYS: Final = 200

NewId = Callable[[], str]


def history_and_findings(new_id: NewId) -> list[Resource]:
    """The records that give the patient her three cards, and the visit that took them over, in no order."""
    visit = new_id()

    def slot(days_ago: int) -> Slot:
        return Slot(new_id(), at(days_ago).isoformat(), f"Encounter/{visit}")

    return [
        resources.encounter(replace(slot(6), id=visit), ENCOUNTERS[1]),
        resources.condition(slot(1900), CANCER, active=True, category="problem-list-item"),
        resources.procedure(slot(1870), LUMPECTOMY),
        resources.procedure(slot(1790), RADIOTHERAPY),
        resources.medication_request(slot(1700), TAMOXIFEN),
        resources.condition(slot(17), LUMP, active=True),
        resources.condition(slot(30), HEADACHE, active=True),
        resources.condition(slot(7), HEADACHE, active=True),
        *(resources.observation(slot(ago), WEIGHT, weight_on(at(ago))) for ago in (190, 100, 30, 6)),
    ]


def at(days_ago: int) -> datetime:
    """Ten in the morning, so many days before the as-of date."""
    return datetime.combine(AS_OF, time(10), tzinfo=UTC) - timedelta(days=days_ago)


def weight_on(when: datetime) -> float:
    """Her weight in kg: steady for years, then down by more than five percent until the as-of date."""
    days_of_loss = LOSS_DAYS - (at(0) - when).days
    return round(USUAL_KG - LOST_KG * max(0, days_of_loss) / LOSS_DAYS, 1)
