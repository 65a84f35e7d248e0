"""The hook as a whole: one call from bytes to bytes."""

import json

import pytest

from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.fhir.chart.sources import SOURCES
from cds_service.hooks import HOOKS, patient_view, warm_up
from cds_service.hooks.context import HookContext
from cds_service.security.egress import FhirClient
from rules.registry import RULESET
from tests.builders import (
    DAY,
    LEFT_OUT,
    a_patient,
    answer_to,
    call_of,
    condition,
    error_code,
    topics,
    trace,
)

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()


async def test_bytes_go_in_and_bytes_come_out() -> None:
    """JSON without spaces, whatever buffer the body arrived in."""
    settings = Settings()
    context = HookContext(settings, FixedClock(DAY), FhirClient(settings.egress_options()))
    body = json.dumps(call_of(LUMP.prefetch())).encode()

    answers = [await patient_view.SERVICE.call(each, context) for each in (body, bytearray(body))]
    await context.fhir.close()

    assert answers[0] == answers[1]
    assert topics(json.loads(answers[0])) == {"local": "warning"}
    assert b'": ' not in answers[0].replace(b'": "', b"")


def test_the_hook_publishes_a_template_for_every_source() -> None:
    """Only the patient's id is asked to be filled in."""
    (service,) = HOOKS

    assert (service.id, service.hook, service.call) == (
        "breast-cancer-recurrence",
        "patient-view",
        patient_view.SERVICE.call,
    )
    assert list(service.prefetch) == [source.key for source in SOURCES]
    assert {template.count("{{") for template in service.prefetch.values()} == {1}


def test_warming_up_evaluates_a_chart_and_names_the_rules() -> None:
    """So that the first call is not the slow one."""
    assert warm_up() == RULESET


async def test_the_clock_of_the_service_is_the_day_of_the_rules() -> None:
    """It stands in the trace."""
    assert trace((await answer_to(call_of(LUMP.prefetch()))).json())["asOf"] == DAY.isoformat()


async def test_what_came_out_is_logged_and_nothing_of_the_patient(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, sites and rules."""
    chart = LUMP.with_(condition("R51.9"))
    await answer_to(call_of(chart.prefetch(carePlans=LEFT_OUT)))

    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["resources"] == len(chart.resources)
    assert (line["state"], line["ruleset"], line["cards"]) == ("treated", RULESET, 2)
    assert (line["sites"], line["sources_unknown"]) == (["local", "brain"], ["CarePlan"])
    assert set(line["rules"]) == {"BRAIN-1", "LOC-1"}
    assert "p1" not in json.dumps(line)


async def test_without_patient_or_conditions_nothing_is_said() -> None:
    """A 412 that names both; a card for a client that shows errors as "All clear!"."""
    body = call_of(None)

    refused = await answer_to(body)
    shown = await answer_to(body, on_missing="card")

    assert (refused.status_code, error_code(refused)) == (412, "missing-data")
    assert "Patient, Condition" in refused.json()["issue"][0]["details"]["text"]
    assert (shown.status_code, topics(shown.json())) == (200, {"incomplete": "info"})
    (card,) = shown.json()["cards"]
    assert "Patient data: " in card["detail"]
    assert "Diagnoses: " in card["detail"]
    assert "suggestions" not in card
    assert card["overrideReasons"]


async def test_a_patient_who_could_be_two_is_a_412() -> None:
    """A key twice in the Patient."""
    text = json.dumps(call_of(LUMP.prefetch())).replace('"id": "p1"', '"id": "p2", "id": "p1"', 1)

    response = await answer_to(text.encode())

    assert (response.status_code, error_code(response)) == (412, "unreadable-chart")
