"""Search parameters that a real FHIR server does not know: it drops them, says so in the answer, and searches on.

So a search for one patient's records may return everybody's. No card may rest on them.
It is itself a test.
"""

import httpx
import pytest

from tests.builders import SNOMED, URL, Resource, error_code, topics, trace
from tests.fhir_server.charts import asking, chart_of, prefetch_of, with_server
from tests.fhir_server.server import FhirServer
from tests.service.responses import asked

pytestmark = pytest.mark.slow

ILL, WELL = "demo-brain", "demo-silent"
FORMS = "QuestionnaireResponse"


def _modes(answer: Resource) -> list[str]:
    return [entry["search"]["mode"] for entry in answer.get("entry", ())]


def _answers_of(patient: str) -> Resource:
    """A form in which a patient says that the head aches badly."""
    said = asked({"valueBoolean": True}, subject={"reference": f"Patient/{patient}"}, id=f"form-{patient}")
    return {**said, "authored": "2026-06-10"}


@pytest.fixture
def leaking(own_server: FhirServer) -> FhirServer:
    """A server with two patients, of whom one has filled in a form; asked for the other's forms it returns that one."""
    own_server.load([*chart_of(ILL), *chart_of(WELL), _answers_of(ILL)])
    leaked = own_server.get(f"{FORMS}?patient={WELL}")
    assert [entry["resource"]["id"] for entry in leaked["entry"]][:1] == [f"form-{ILL}"]
    assert _modes(leaked) == ["match", "outcome"]
    assert "patient=" not in leaked["link"][0]["url"]
    return own_server


def test_an_answer_with_a_remark_on_the_search_is_read_like_one_without(
    service: httpx.Client, charts_server: FhirServer
) -> None:
    """The remark is an OperationOutcome among the entries, and no reason to take the others for nothing."""
    chart = prefetch_of(chart_of(ILL))
    remarked = charts_server.get(f"Condition?patient={ILL}&not-a-parameter=1&_count=500")
    plain = service.post(URL, json=asking(ILL, prefetch=chart))
    answer = service.post(URL, json=asking(ILL, prefetch=chart | {"conditions": remarked}))

    assert set(_modes(remarked)) == {"match", "outcome"}
    assert topics(plain.json()) == {"brain": "critical"}
    assert answer.content == plain.content


def test_an_answer_that_holds_nothing_but_a_remark_is_an_answer(
    service: httpx.Client, charts_server: FhirServer
) -> None:
    """The server knows no patients' forms and has none: the card is as it would be, and the trace names no gap."""
    empty = charts_server.get(f"{FORMS}?patient={ILL}")
    answer = service.post(URL, json=asking(ILL, **with_server(charts_server))).json()

    assert _modes(empty) == ["outcome"]
    assert topics(answer) == {"brain": "critical"}
    assert "notAssessable" not in trace(answer)


def test_everybody_s_records_sent_as_one_patient_s_refuse_the_call(service: httpx.Client, leaking: FhirServer) -> None:
    """What the EHR itself hands over as this chart must be this chart."""
    leaked = leaking.get(f"{FORMS}?patient={WELL}")
    answer = service.post(
        URL, json=asking(WELL, prefetch=prefetch_of(chart_of(WELL)) | {"questionnaireResponses": leaked})
    )

    assert (answer.status_code, error_code(answer)) == (412, "wrong-patient")


def test_another_patient_s_form_that_the_server_returns_makes_no_card(
    service: httpx.Client, leaking: FhirServer
) -> None:
    """Whether the call is answered or refused."""
    own = service.post(URL, json=asking(WELL, prefetch=prefetch_of(chart_of(WELL)))).json()
    answer = service.post(URL, json=asking(WELL, **with_server(leaking)))

    assert own["cards"] == []
    assert answer.status_code == 412 or answer.json()["cards"] == []


def test_a_patient_s_own_form_is_read_where_the_server_returns_everybody_s(
    service: httpx.Client, leaking: FhirServer
) -> None:
    """As long as there is none of anybody else."""
    assert SNOMED
    answer = service.post(URL, json=asking(ILL, **with_server(leaking))).json()

    assert topics(answer)["brain"] == "critical"


def test_a_server_that_leaks_a_source_which_hardly_any_has_is_still_of_use(
    service: httpx.Client, leaking: FhirServer
) -> None:
    """It says itself that it did not search by patient: that source is unknown, the others are as good as ever."""
    leaking.load([_answers_of(WELL)])
    answer = service.post(URL, json=asking(ILL, **with_server(leaking)))

    assert answer.status_code == 200
    assert topics(answer.json()) == {"brain": "critical"}
    assert FORMS in {gap["source"] for gap in trace(answer.json())["notAssessable"]}
