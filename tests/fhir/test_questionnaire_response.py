"""What a patient answers is evidence where question or answer is coded, in the scales that questionnaires use."""

import json

import pytest

from tests.builders import (
    ICD,
    LOINC,
    SNOMED,
    Resource,
    a_patient,
    answer_for,
    answer_to,
    call_of,
    concept,
    condition,
    observation,
    outcome_of,
    topics,
    trace,
)
from tests.service.responses import HEADACHE, URL, asked, form, item, response

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
HL7 = "http://terminology.hl7.org/CodeSystem"
SEVERE = {"system": SNOMED, "code": "24484000"}
MILD = {"system": SNOMED, "code": "255604002"}
NO = {"system": SNOMED, "code": "373067005"}


@pytest.mark.parametrize(
    "said",
    [
        response(item({"valueCoding": HEADACHE})),
        response(item({"valueCoding": {"system": ICD, "code": "R51.9"}})),
        response(item({"valueCoding": {"system": "urn:x", "code": "1"}}, {"valueCoding": HEADACHE})),
        response({"linkId": "g", "item": [{"linkId": "h", "item": [item({"valueCoding": HEADACHE})]}]}),
        response(item({"valueBoolean": True, "item": [item({"valueCoding": HEADACHE})]})),
        response(item({"valueCoding": HEADACHE}), status="in-progress"),
        response(item({"valueCoding": HEADACHE}), status="amended"),
        response(item({"valueCoding": HEADACHE}), status="stopped"),
        asked({"valueBoolean": True}),
        asked({"valueString": "yes, often"}),
        asked({"valueCoding": {"system": "urn:x", "code": "3", "display": "Frequently"}}),
        asked({"valueCoding": {"system": SNOMED, "code": "373066001"}}),
        asked({"valueInteger": 3}),
        asked({"valueInteger": 6}),
        asked({"valueDecimal": 0.5}),
        asked({"valueQuantity": {"value": 4}}),
        asked({"valueQuantity": {"value": 4, "unit": "{score}"}}),
        asked({"valueQuantity": {"value": 3, "unit": "d"}}),
        asked({"valueInteger": 55}),
    ],
)
async def test_an_answer_that_names_or_affirms_a_symptom_is_a_finding_of_that_day(said: Resource) -> None:
    """A choice that is itself a code, or a coded question, wherever it is nested and whatever form the answer has."""
    answer = await answer_for(HISTORY.with_(said))

    assert topics(answer) == {"brain": "info"}
    assert "Headache on 2026-06-10" in answer["cards"][0]["detail"]
    assert "score" not in answer["cards"][0]["detail"]


@pytest.mark.parametrize(
    "said",
    [
        asked({"valueCoding": SEVERE}),
        asked({"valueCoding": {"system": "urn:x", "code": "3", "display": "Severe"}}),
        asked({"valueCoding": {"display": "Very severe"}}),
        asked({"valueString": "severe since Monday"}),
        asked({"valueString": "severe, cause unknown"}),
        asked({"valueInteger": 7}),
        asked({"valueInteger": 10}),
        asked({"valueDecimal": 8.5}),
        asked({"valueQuantity": {"value": 7}}),
        asked({"valueQuantity": {"value": 7, "unit": "/10"}}),
        asked({"valueQuantity": {"value": 7, "unit": "Points"}}),
        response(item({"valueCoding": HEADACHE | {"display": "Severe headache"}})),
    ],
)
async def test_an_answer_that_says_severe_is_severe(said: Resource) -> None:
    """By its code, by its words, or by a number that only a scale of 0 to 10 has."""
    assert topics(await answer_for(HISTORY.with_(said))) == {"brain": "warning"}


@pytest.mark.parametrize(
    "mild, says_mild",
    [
        ({"valueCoding": MILD}, True),
        ({"valueCoding": {"display": "Mild"}}, True),
        ({"valueQuantity": {"value": 3, "unit": "/10"}}, True),
        ({"valueInteger": 3}, False),
        ({"valueInteger": 1}, False),
        ({"valueQuantity": {"value": 3, "unit": "1"}}, False),
    ],
)
async def test_a_small_number_is_not_read_as_mild(mild: Resource, says_mild: bool) -> None:  # noqa: FBT001
    """Of a scale of 0 to 4 a 3 is severe; only a word, a code or a scale that is named says mild.

    A mild pain in the back makes no card, one of which nobody says how bad it is makes one.
    """
    back = form({"linkId": "1", "code": [{"system": ICD, "code": "M54.50"}]})
    said = response(item(mild), questionnaire="#q", contained=[back])

    assert topics(await answer_for(HISTORY.with_(said))) == ({} if says_mild else {"bone": "info"})


@pytest.mark.parametrize(
    "said",
    [
        asked({"valueBoolean": False}),
        asked({"valueCoding": NO}),
        asked({"valueCoding": {"system": LOINC, "code": "LA32-8"}}),
        asked({"valueCoding": {"display": "None"}}),
        asked({"valueCoding": {"display": "Never"}}),
        asked({"valueCoding": {"system": "urn:x", "code": "0", "display": "Not at all"}}),
        asked({"valueString": "no"}),
        asked({"valueInteger": 0}),
        asked({"valueDecimal": 0.0}),
        asked({"valueQuantity": {"value": 0}}),
        asked({"valueQuantity": {"value": 0, "unit": "d"}}),
    ],
)
async def test_an_answer_that_says_no_denies_the_symptom(said: Resource) -> None:
    """By its code, by its first word, or by nought; an earlier finding is taken back."""
    earlier = observation("25064002", "2026-06-01", system=SNOMED)

    answer = await answer_for(HISTORY.with_(earlier, said))

    assert (topics(answer), outcome_of(answer, "brain")) == ({}, "negated")


@pytest.mark.parametrize(
    "said",
    [
        asked(),
        response(),
        response({"linkId": "1"}, questionnaire="#q", contained=[form()]),
        asked({"valueDate": "2026-06-01"}),
        asked({"valueAttachment": {"title": "severe"}}),
        asked({"valueInteger": -9}),
        asked({"valueQuantity": {"unit": "d"}}),
        asked({"valueString": " "}),
        asked({"valueString": "Prefer not to answer"}),
        asked({"valueCoding": {"display": "Unknown"}}),
        asked({"valueCoding": {"system": "urn:x", "code": "9", "display": "Don't know"}}),
        asked({"valueCoding": {"system": f"{HL7}/data-absent-reason", "code": "unknown"}}),
        asked({"valueCoding": {"system": f"{HL7}/v3-NullFlavor", "display": "Asked"}}),
        asked({"valueBoolean": True}, status="entered-in-error"),
        asked({"valueBoolean": True}, authored="2026-01-10"),
        asked({"valueBoolean": True}, authored=None),
        response(item({"valueBoolean": True})),
        response(item({"valueBoolean": True}, link="headache", text="Headache?")),
        response(item({"valueCoding": {"system": "urn:x", "code": "25064002", "display": "Headache"}})),
        response(item({"valueString": "Headache"})),
        response(item({"valueBoolean": True}, link="3"), questionnaire="#q", contained=[form()]),
        response(item({"valueBoolean": True}), questionnaire="#other", contained=[form()]),
        response(item({"valueBoolean": True}), questionnaire="#q", contained=[form({"linkId": "1"})]),
        response(item({"valueBoolean": True}), questionnaire=URL),
        response({"linkId": "1", "answer": "yes"}, item="x"),
    ],
)
async def test_what_is_not_answered_or_not_coded_says_nothing(said: Resource) -> None:
    """Neither that the symptom is there nor that it is not; a linkId alone is no code, nor are words."""
    said = {name: value for name, value in said.items() if value is not None}
    earlier = observation("25064002", "2026-06-01", system=SNOMED)

    assert topics(await answer_for(HISTORY.with_(said))) == {}
    answer = await answer_for(HISTORY.with_(earlier, said))
    assert topics(answer) == {"brain": "info"}
    assert "notAssessable" not in trace(answer)


@pytest.mark.parametrize("code", ["C50.412", "Z85.3", "C79.31", "G43.909", "Z51.11"])
async def test_an_answer_is_no_history_no_treatment_and_no_explanation(code: str) -> None:
    """Only symptoms and findings are read from a questionnaire."""
    chosen = response(item({"valueCoding": {"system": ICD, "code": code}}))
    affirmed = response(
        item({"valueBoolean": True}),
        questionnaire="#q",
        contained=[form({"linkId": "1", "code": [{"system": ICD, "code": code}]})],
    )

    for said in (chosen, affirmed):
        assert trace(await answer_for(a_patient().with_lump().with_(said)))["state"] == "none"
        plain = HISTORY.with_(condition("R51.9"))
        assert (await answer_for(plain.with_(said)))["cards"] == (await answer_for(plain))["cards"]


async def test_a_response_with_a_key_twice_is_no_evidence() -> None:
    """It is said that it could not be read."""
    body = json.dumps(call_of(HISTORY.with_(asked({"valueBoolean": True})).prefetch()))
    doubled = body.replace('"valueBoolean": true', '"valueBoolean": false, "valueBoolean": true')

    answer = (await answer_to(doubled.encode())).json()

    assert topics(answer) == {"incomplete": "info"}
    assert trace(answer)["notAssessable"][0]["reason"] == "duplicate-key"


async def test_severity_and_frequency_of_one_symptom_are_weighed_together() -> None:
    """Asked apart, as PRO-CTCAE does: no severity beside a frequency is a conflict of one day, so it is there."""
    none, often, severe = ({"valueCoding": {"display": text}} for text in ("None", "Often", "Severe"))
    mixed, worse, denied = (
        response(item(first), item(second, link="2"), questionnaire="#q", contained=[form()])
        for first, second in ((none, often), (severe, often), (none, none))
    )

    assert topics(await answer_for(HISTORY.with_(mixed))) == {"brain": "info"}
    assert topics(await answer_for(HISTORY.with_(worse))) == {"brain": "warning"}
    assert topics(await answer_for(HISTORY.with_(denied))) == {}


async def test_a_later_no_lowers_a_problem_that_goes_on_and_does_not_cancel_it() -> None:
    """As a denying Observation does: a list of boxes is no examination."""
    active, severe = concept("active", "c"), concept("24484000", SNOMED)
    problem = HISTORY.with_(condition("R51.9", "2026-06-01", clinicalStatus=active, severity=severe))

    answer = await answer_for(problem.with_(asked({"valueBoolean": False})))

    assert topics(await answer_for(problem)) == {"brain": "warning"}
    assert topics(answer) == {"brain": "info"}
    assert "A later entry of 2026-06-10 says headache is absent." in answer["cards"][0]["detail"]


@pytest.mark.parametrize(
    "said, reason",
    [
        (asked({"valueBoolean": True}, authored="soon"), "date"),
        (asked({"valueBoolean": True}, status="done"), "status"),
        (asked({"valueBoolean": True}, modifierExtension=[{"url": "x"}]), "modifier"),
        (asked({"valueInteger": "seven"}), "value"),
        (asked({"valueQuantity": "seven"}), "value"),
        (asked({"valueCoding": {"system": LOINC, "code": "LA137-2"}}), "value"),
        (asked({"valueCoding": {}}), "value"),
        (asked({"valueBoolean": True}, subject={}), "no-subject"),
        (
            response(
                item({"valueBoolean": True}, modifierExtension=[{"url": "x"}]), questionnaire="#q", contained=[form()]
            ),
            "modifier",
        ),
    ],
)
async def test_an_answer_that_can_not_be_read_is_said(said: Resource, reason: str) -> None:
    """It may be a headache: an unknown code without words may as well mean none."""
    answer = await answer_for(HISTORY.with_(said))

    assert topics(answer) == {"incomplete": "info"}
    assert outcome_of(answer, "brain") == "cannot-tell"
    assert {found["reason"] for found in trace(answer)["notAssessable"]} == {reason}


async def test_a_response_of_somebody_else_refuses_the_call() -> None:
    """As any record does."""
    chart = HISTORY.with_(asked({"valueBoolean": True}, subject={"reference": "Patient/p2"}))

    assert (await answer_to(call_of(chart.prefetch()))).status_code == 412


async def test_a_response_deeper_than_any_reader_goes_stops_nothing() -> None:
    """Groups in groups, as deep as JSON may be."""
    inner = item({"valueCoding": HEADACHE})
    for _ in range(150):
        inner = {"linkId": "g", "item": [inner]}

    assert topics(await answer_for(HISTORY.with_(response(inner)))) == {"brain": "info"}
