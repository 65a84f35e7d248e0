"""Panels: the members that an Observation contains count like those that stand by themselves, once."""

import pytest

from tests.builders import (
    SNOMED,
    Resource,
    a_patient,
    answer_for,
    answer_to,
    call_of,
    concept,
    error_code,
    observation,
    outcome_of,
    topics,
    trace,
)

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
HEADACHE = {"resourceType": "Observation", "id": "m", "code": concept("25064002", SNOMED)}


def panel(
    *members: Resource, names: tuple[str, ...] = ("#m",), when: str | None = "2026-06-10", **more: object
) -> Resource:
    """A panel of symptoms with a local code."""
    references = [{"reference": name} for name in names]
    plain = observation("ros", when, system="urn:local", contained=list(members), hasMember=references)
    return plain | more


@pytest.mark.parametrize(
    "found",
    [
        panel(HEADACHE),
        panel(HEADACHE | {"status": "final", "effectiveDateTime": "2026-06-10"}, when="2020-01-01"),
        panel(HEADACHE | {"valueBoolean": True, "effectivePeriod": {"end": "2026-06-10"}}, when=None),
        panel(HEADACHE | {"code": {"text": "x"}, "valueCodeableConcept": concept("25064002", SNOMED)}),
        panel(HEADACHE | {"code": {"text": "x"}, "component": [{"code": concept("25064002", SNOMED)}]}),
        panel(HEADACHE | {"subject": {"reference": "Patient/p1"}}, HEADACHE | {"id": "other"}),
        panel(HEADACHE, names=("#m", "#m", "Observation/9", "#none")),
        panel(HEADACHE, {"resourceType": "Observation", "id": "g", "hasMember": [{"reference": "#m"}]}, names=("#g",)),
        panel(HEADACHE | {"hasMember": [{"reference": "#m"}]}),
    ],
)
async def test_a_contained_member_is_a_finding_of_the_patient(found: Resource) -> None:
    """With the status and the time of its panel where it has none of its own."""
    answer = await answer_for(HISTORY.with_(found))

    assert topics(answer) == {"brain": "info"}
    assert answer["cards"][0]["detail"].count("Headache on 2026-06-10") == 1


@pytest.mark.parametrize(
    "silent",
    [
        panel(HEADACHE, names=()),
        panel(HEADACHE, names=("#other",)),
        panel(HEADACHE, names=("m",)),
        panel(HEADACHE | {"resourceType": "Condition"}),
        panel(HEADACHE | {"valueBoolean": False}),
        panel(HEADACHE | {"status": "cancelled"}),
        panel(HEADACHE, status="entered-in-error"),
        panel(HEADACHE | {"status": "final"}, status="entered-in-error"),
        panel(HEADACHE | {"status": "final"}, status="cancelled"),
        panel(HEADACHE, when="2025-06-10"),
        panel(HEADACHE | {"effectiveDateTime": "2025-06-10"}),
        panel(HEADACHE | {"focus": [{"reference": "RelatedPerson/1"}]}),
        panel(HEADACHE, focus=[{"reference": "RelatedPerson/1"}]),
        observation("ros", system="urn:local", contained=[HEADACHE]),
        observation("ros", system="urn:local", contained="x", hasMember="y"),
    ],
)
async def test_a_contained_observation_that_is_no_member_or_says_no_is_no_finding(silent: Resource) -> None:
    """Not named, denied, taken back with its panel, too old, or about somebody else."""
    answer = await answer_for(HISTORY.with_(silent))

    assert topics(answer) == {}
    assert "notAssessable" not in trace(answer)


async def test_a_member_that_is_a_resource_of_its_own_is_counted_once() -> None:
    """It is a record already; the panel adds nothing."""
    own = observation("25064002", system=SNOMED, id="m1")
    named = observation("ros", system="urn:local", hasMember=[{"reference": "Observation/m1"}])

    alone, beside = await answer_for(HISTORY.with_(own)), await answer_for(HISTORY.with_(own, named))

    assert beside == alone
    assert topics(beside) == {"brain": "info"}


async def test_the_panel_itself_is_still_read() -> None:
    """A panel may say something by its own code."""
    both = panel(HEADACHE | {"code": concept("89164003", SNOMED)}, code=concept("25064002", SNOMED))

    assert topics(await answer_for(HISTORY.with_(both))) == {"local": "warning", "brain": "info"}


@pytest.mark.parametrize(
    "broken, reason",
    [
        (panel(HEADACHE | {"effectiveDateTime": "soon"}), "date"),
        (panel(HEADACHE, when="soon"), "date"),
        (panel(HEADACHE | {"status": "done"}), "status"),
        (panel(HEADACHE | {"modifierExtension": [{"url": "x"}]}), "modifier"),
        (panel(HEADACHE, implicitRules="urn:x"), "modifier"),
        (panel(HEADACHE, focus=[{"display": "?"}]), "no-subject"),
    ],
)
async def test_a_member_that_can_not_be_read_is_said(broken: Resource, reason: str) -> None:
    """It may be a headache."""
    answer = await answer_for(HISTORY.with_(broken))

    assert topics(answer) == {"incomplete": "info"}
    assert outcome_of(answer, "brain") == "cannot-tell"
    assert {item["reason"] for item in trace(answer)["notAssessable"]} == {reason}


async def test_a_member_about_somebody_else_refuses_the_call() -> None:
    """As any record about somebody else does."""
    chart = HISTORY.with_(panel(HEADACHE | {"subject": {"reference": "Patient/p2"}}))

    response = await answer_to(call_of(chart.prefetch()))

    assert (response.status_code, error_code(response)) == (412, "wrong-patient")
