"""Seeded synthetic charts of a given size: same seed, same chart.

It reads no clock, no file and no record of a real person.
Tests: tests/service/test_bench_charts.py.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from random import Random
from typing import Final, TypeVar

from bench import catalogue, evidence, resources
from bench.catalogue import Measure
from bench.evidence import AS_OF
from bench.resources import Resource, Slot

SEED: Final = 20260615
MOST_YEARS: Final = 30

_T = TypeVar("_T")
Chart = dict[str, list[Resource]]


class Variant(StrEnum):
    """Which patient the chart describes."""

    CARD = "card"
    NO_HISTORY = "no-history"


# The sites whose cards each variant must get, no more and no fewer.
EXPECTED_TOPICS: Final[Mapping[Variant, frozenset[str]]] = {
    Variant.CARD: frozenset({"local", "brain", "liver"}),
    Variant.NO_HISTORY: frozenset(),
}


def chart(size: int, variant: Variant, *, types: frozenset[str] | None = None, seed: int = SEED) -> Chart:
    """Exactly `size` resources by type, newest first, the patient among them; only of the given types."""
    shares = {kind: share for kind, share in catalogue.MIX.items() if types is None or kind in types}
    return _Writer(Random(f"{seed}/{variant}/{size}"), variant).chart(size, shares)


class _Writer:
    """Draws one chart from one source of randomness."""

    def __init__(self, rng: Random, variant: Variant) -> None:
        self._rng = rng
        self._losing_weight = variant is Variant.CARD
        self._observations: list[str] = []

    def chart(self, size: int, shares: Mapping[str, float]) -> Chart:
        found = evidence.history_and_findings(self._id) if self._losing_weight else []
        found = [resource for resource in found if resource["resourceType"] in shares]
        counts = _counts(size - 1 - len(found), shares)
        visits = self._visits(size, counts.get("Encounter") or size // 10)
        made: Chart = {"Patient": [resources.patient()]}
        for kind, count in counts.items():
            made[kind] = [self._background(kind, i, visits[i * len(visits) // count]) for i in range(count)]
        for resource in found:
            made[resource["resourceType"]].append(resource)
        for resources_of_kind in made.values():
            resources_of_kind.sort(key=_updated, reverse=True)
        return made

    def _visits(self, size: int, count: int) -> list[tuple[str, datetime]]:
        """Id and time of each visit, oldest first; longer charts reach back further."""
        minutes = min(MOST_YEARS * 365, 400 + 3 * size) * 1440
        end = datetime.combine(AS_OF, time(9), tzinfo=UTC) - timedelta(days=3)
        times = sorted(end - timedelta(minutes=self._rng.randrange(minutes)) for _ in range(count))
        return [(self._id(), when) for when in times]

    def _background(self, kind: str, number: int, visit: tuple[str, datetime]) -> Resource:
        """A resource of the type that is no finding."""
        visit_id, when = visit
        slot = Slot(self._id(), when.isoformat(), f"Encounter/{visit_id}")
        match kind:
            case "Observation":
                return self._observation(slot, _pick(catalogue.MEASURES, number), when)
            case "Procedure":
                return resources.procedure(slot, _pick(catalogue.PROCEDURES, number))
            case "Encounter":
                return resources.encounter(replace(slot, id=visit_id), _pick(catalogue.ENCOUNTERS, number))
            case "Condition":
                return resources.condition(slot, _pick(catalogue.CONDITIONS, number), active=number % 4 == 0)
            case "DiagnosticReport":
                return resources.diagnostic_report(slot, _pick(catalogue.REPORTS, number), self._results(number))
            case "MedicationRequest":
                return resources.medication_request(slot, _pick(catalogue.MEDICATIONS, number))
            case _:
                return resources.immunization(slot, _pick(catalogue.VACCINES, number))

    def _observation(self, slot: Slot, measure: Measure, when: datetime) -> Resource:
        value = round(self._rng.uniform(measure.low, measure.high), 1)
        if measure is catalogue.WEIGHT and self._losing_weight:
            value = evidence.weight_on(when)
        self._observations.append(slot.id)
        return resources.observation(slot, measure, value)

    def _results(self, number: int) -> list[str]:
        """The ids of a few Observations, as a report names them."""
        start = number * 7 % max(1, len(self._observations) - 4)
        return self._observations[start : start + 4]

    def _id(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))


def _counts(total: int, shares: Mapping[str, float]) -> dict[str, int]:
    """How many of each type, `total` in all; the first type takes what rounding leaves."""
    counts = {kind: int(total * share / sum(shares.values())) for kind, share in shares.items()}
    counts[next(iter(counts))] += total - sum(counts.values())
    return counts


def _pick(choices: Sequence[_T], number: int) -> _T:
    return choices[number % len(choices)]


def _updated(resource: Resource) -> str:
    """When it was last changed; the patient, alone of its kind, has no such time."""
    updated: str = resource["meta"].get("lastUpdated", "")
    return updated
