"""Which of several versions of one resource counts."""

from typing import Any

import pytest
from msgspec import Raw

from cds_service.fhir.pages.versions import newest, version_of
from tests.builders import SNOMED, a_patient, answer_for, concept, observation, searchset, topics

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
LUMP = observation("89164003", system=SNOMED, id="o1", subject={"reference": "Patient/p1"})
EARLY, LATE = "2026-06-03T08:00:00+02:00", "2026-06-03T07:00:00Z"


def meta(version: str | None = None, updated: str | None = None) -> dict[str, Any]:
    """The meta element of a version."""
    given = {"versionId": version, "lastUpdated": updated}
    return {"meta": {name: value for name, value in given.items() if value is not None}}


@pytest.mark.parametrize(
    "old, new",
    [
        (meta("9"), meta("10")),
        (meta("1", LATE), meta("2", EARLY)),
        (meta("a", EARLY), meta("b", LATE)),
        (meta("1", EARLY), meta(None, LATE)),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "gone", [{"status": "entered-in-error"}, {"valueBoolean": False}, {"code": concept("8867-4", "http://loinc.org")}]
)
async def test_the_newest_version_counts(
    old: dict[str, Any], new: dict[str, Any], order: int, gone: dict[str, Any]
) -> None:
    """In any order, on one page or on two, and whatever became of the resource."""
    for first, second, cards in ((LUMP, LUMP | gone, {}), (LUMP | gone, LUMP, {"local": "warning"})):
        both = [first | old, second | new][::order]
        assert topics(await answer_for(HISTORY, observations=searchset(both))) == cards
        apart = {"observations": searchset(both[:1]), "conditions": _with_conditions(both[1:])}
        assert topics(await answer_for(HISTORY, **apart)) == cards


def _with_conditions(more: list[dict[str, Any]]) -> dict[str, Any]:
    conditions: dict[str, Any] = HISTORY.prefetch()["conditions"]
    return conditions | {"entry": [*conditions["entry"], *({"resource": each} for each in more)]}


async def test_equal_ids_of_two_types_are_two_resources() -> None:
    """Many servers count each type by itself."""
    seizure = {"resourceType": "Condition", "id": "o1", "code": concept("R56.9"), "recordedDate": "2026-06-10"}

    cards = topics(await answer_for(HISTORY.with_(seizure | meta("9")), observations=searchset([LUMP | meta("1")])))

    assert cards.keys() == {"local", "brain"}


async def test_the_newest_patient_counts() -> None:
    """Death is not undone by an older copy."""
    alive, dead = HISTORY.resources[0] | meta("1"), HISTORY.resources[0] | meta("2") | {"deceasedBoolean": True}
    for both in ([alive, dead], [dead, alive]):
        page = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in both]}
        assert topics(await answer_for(HISTORY.with_lump(), patient=page)) == {}


def test_versions_without_an_order_all_count() -> None:
    """Nothing is guessed."""
    versions = [version_of(Raw(text)) for text in (b"{}", b'{"meta":{"versionId":"x"}}', b'{"meta":5}', b"[]")]

    assert newest(versions) == {0, 1, 2, 3}
