"""Questionnaires: which question a linkId stands for, where they are in the chart beside the responses."""

import json

import pytest

from tests.builders import (
    ICD,
    LOINC,
    Chart,
    Resource,
    a_patient,
    answer_for,
    answer_to,
    call_of,
    topics,
)
from tests.service.responses import URL, form, item, response

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()


async def answer_of(chart: Chart, *forms: Resource) -> Resource:
    """The answer for a chart with Questionnaires beside its responses."""
    entries = [*forms, *chart.of_type("QuestionnaireResponse")]
    return await answer_for(
        chart,
        questionnaireResponses={"resourceType": "Bundle", "entry": [{"resource": each} for each in entries]},
    )


@pytest.mark.parametrize("canonical", [URL, f"{URL}|2"])
@pytest.mark.parametrize("more", [{}, {"version": "2"}, {"code": [{"system": LOINC, "code": "1-8"}], "version": "2"}])
async def test_the_questionnaire_may_stand_in_the_chart(canonical: str, more: Resource) -> None:
    """By its canonical URL, with a version or without; before the response or after it."""
    chart = HISTORY.with_(response(item({"valueBoolean": True}), questionnaire=canonical))

    assert topics(await answer_of(chart, form(**more))) == {"brain": "info"}
    assert topics(await answer_of(chart, form(url="https://forms.example/other"))) == {}


async def test_of_several_versions_the_one_that_was_answered_counts() -> None:
    """Where nobody says which, a linkId has two meanings, and so none."""
    old, new = form({"linkId": "1", "code": [{"system": ICD, "code": "N63"}]}, version="1"), form(version="2")
    said = item({"valueBoolean": True})

    for canonical, expected in ((f"{URL}|1", "local"), (f"{URL}|2", "brain"), (URL, None), (f"{URL}|3", None)):
        answer = await answer_of(HISTORY.with_(response(said, questionnaire=canonical)), old, new)
        assert list(topics(answer)) == ([expected] if expected else [])
    same = await answer_of(HISTORY.with_(response(said, questionnaire=URL)), new, new)
    assert list(topics(same)) == ["brain"]


@pytest.mark.parametrize("odd", [{"url": 5}, {"url": ""}, {"item": "x"}, {"item": [{"linkId": "1", "code": "x"}]}])
async def test_an_odd_questionnaire_asks_for_nothing_and_hurts_nobody(odd: Resource) -> None:
    """Then the answers have no code."""
    chart = HISTORY.with_lump().with_(response(item({"valueBoolean": True}), questionnaire=URL))

    assert topics(await answer_of(chart, form() | odd)) == {"local": "warning"}


async def test_a_questionnaire_may_be_answered_twice() -> None:
    """Each response is one more record of the symptom."""
    responses = (
        response(item({"valueBoolean": True}), questionnaire=URL, authored=f"2026-06-{day}") for day in ("02", "10")
    )

    answer = await answer_of(HISTORY.with_(*responses), form())

    assert "Headache on 2026-06-10" in answer["cards"][0]["detail"]


async def test_a_questionnaire_with_a_key_twice_asks_for_nothing() -> None:
    """Two readers could see two questions."""
    chart = HISTORY.with_(response(item({"valueBoolean": True}), questionnaire=URL))
    entries = [{"resource": form()}, *({"resource": each} for each in chart.of_type("QuestionnaireResponse"))]
    body = json.dumps(call_of(chart.prefetch(questionnaireResponses={"resourceType": "Bundle", "entry": entries})))

    doubled = body.replace('"code": "25064002"', '"code": "25064002", "code": "25064002"', 1)

    assert topics((await answer_to(body.encode())).json()) == {"brain": "info"}
    assert topics((await answer_to(doubled.encode())).json()) == {}
