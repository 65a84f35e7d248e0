"""What is sent: the invented patients, values that fit a service's templates, and the list of requests.

It must not judge answers.
It tests cds_service/conformance/patients.py, prefetch.py, probes.py and probes_after.py.
"""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from cds_service.conformance.patients import NoPatient, Patient, patient_from, provoking_patient, quiet_patient
from cds_service.conformance.prefetch import prefetch_of
from cds_service.conformance.probes import Plan
from cds_service.conformance.probes_after import MADE_UP, cors_asks, feedback_asks, trust_asks
from cds_service.conformance.record import Ask, Exchange
from tests.conformance.good_service import ID, PATH, entry

TODAY = date(2026, 6, 15)
PROVOKING = provoking_patient(TODAY)


def _plan(**changes: Any) -> Plan:  # noqa: ANN401 - elements of discovery
    return Plan({**entry(), **changes}, quiet_patient(), PROVOKING)


def _sent(ask: Ask) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(ask.body or b"{}")
    return body


def test_a_read_gets_a_resource_and_a_search_a_bundle() -> None:
    """Type by type, whatever the parameters are."""
    templates = {
        "who": "Patient/{{context.patientId}}",
        "user": "PractitionerRole/{{userPractitionerRoleId}}",
        "visit": "Encounter/{{context.encounterId}}",
        "weights": "Observation?patient={{context.patientId}}&code=29463-7",
        "none": "Immunization?patient={{context.patientId}}",
    }

    values = prefetch_of(templates, PROVOKING)

    assert (values["who"]["id"], values["user"]["resourceType"], values["visit"]) == (
        PROVOKING.id,
        "PractitionerRole",
        None,
    )
    assert {each["resource"]["resourceType"] for each in values["weights"]["entry"]} == {"Observation"}
    assert values["none"] == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 0,
        "link": [{"relation": "self", "url": f"https://fhir.example/r4/Immunization?patient={PROVOKING.id}"}],
    }


@pytest.mark.parametrize("templates", [None, [], "Patient", {"a": 5, "b": None}])
def test_templates_that_are_none_get_nothing(templates: object) -> None:
    """The checks of discovery say so; the calls go on."""
    assert prefetch_of(templates, PROVOKING) == {}


def test_findings_of_the_provoking_patient_are_recent_and_the_quiet_one_has_none() -> None:
    """Whatever the day is."""
    dates = [each["recordedDate"] for each in PROVOKING.of_type("Condition")]

    assert max(dates) == "2026-06-06"
    assert {each["resourceType"] for each in quiet_patient().resources} == {
        "Patient",
        "Practitioner",
        "PractitionerRole",
    }


def test_a_bundle_of_the_user_replaces_the_provoking_patient() -> None:
    """With everything that is in it."""
    resources = [{"resourceType": "Condition", "id": "c"}, {"resourceType": "Patient", "id": "mine"}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}

    patient = patient_from(json.dumps({**bundle, "entry": [*bundle["entry"], {"fullUrl": "urn:x"}, 5]}).encode())

    assert patient.id == "mine"
    assert patient.of_type("Condition") == [resources[0]]
    assert patient.of_type("Practitioner")


@pytest.mark.parametrize(
    "text, reason",
    [
        (b"", "not JSON"),
        (b"[]", "no FHIR Bundle"),
        (b'{"resourceType": "Patient"}', "no FHIR Bundle"),
        (b'{"resourceType": "Bundle"}', "no Patient"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}', "no Patient"),
    ],
)
def test_a_file_without_a_patient_is_refused_with_the_reason(text: bytes, reason: str) -> None:
    """A run without a patient would say nothing."""
    with pytest.raises(NoPatient, match=reason):
        patient_from(text)


def test_every_call_has_an_instance_of_its_own() -> None:
    """All but those that are about the form of it, and the one that lacks it."""
    calls = [_sent(ask) for name, ask in _plan().calls().items() if name.startswith("call.")]
    instances = [UUID(call["hookInstance"]) for call in calls]

    assert len(set(instances)) == len(instances)


def test_each_key_is_left_out_once_and_no_more_than_twenty() -> None:
    """A service with more keys shows what it does by these."""
    many = {f"key{number}": "Patient/{{context.patientId}}" for number in range(30)}

    calls = _plan(prefetch=many).calls()
    without = {name: _sent(ask)["prefetch"] for name, ask in calls.items() if name.startswith("call.without-")}

    assert len(without) == 20
    assert all(name.removeprefix("call.without-") not in sent for name, sent in without.items())
    assert "prefetch" not in _sent(calls["call.minimal"])


def test_a_service_without_templates_is_sent_an_empty_prefetch() -> None:
    """There is nothing to leave out."""
    calls = _plan(prefetch=None).calls()

    assert _sent(calls["call.provoking"])["prefetch"] == {}
    assert not any(name.startswith("call.without-") for name in calls)


def test_feedback_names_what_the_card_gave() -> None:
    """Its uuid, a suggestion, and a reason of its list; made up where there is none."""
    card = {"uuid": "u", "suggestions": [{"uuid": "s"}], "overrideReasons": [{"code": "c", "system": "y"}]}
    call = Exchange(Ask("POST", PATH), 200, body=json.dumps({"cards": [card]}).encode())

    asks = {name: _sent(ask) for name, ask in feedback_asks(_plan(), call).items() if name != "feedback.bad-cut"}

    assert asks["feedback.accepted"]["feedback"][0]["acceptedSuggestions"] == [{"id": "s"}]
    assert asks["feedback.reason"]["feedback"][0]["overrideReason"]["reason"] == {"code": "c", "system": "y"}
    assert [item["card"] for item in asks["feedback.batch"]["feedback"]] == ["u", MADE_UP]
    bare = feedback_asks(_plan(), Exchange(Ask("POST", PATH), 500))
    assert _sent(bare["feedback.overridden"])["feedback"][0]["card"] == MADE_UP


def test_strangers_and_pages_are_never_given_the_users_token_by_mistake() -> None:
    """Forged tokens stand alone in their header, preflights carry none."""
    plan = _plan()
    cors = cors_asks(plan, "https://page.example")

    assert all(ask.anonymous for ask in trust_asks(plan).values())
    assert all(ask.anonymous for name, ask in cors.items() if name.startswith("cors.preflight"))
    assert {ask.headers["Origin"] for ask in cors.values()} == {"https://page.example"}
    assert plan.path == f"/cds-services/{ID}"


def test_a_patient_is_found_by_the_type_of_its_resources() -> None:
    """In their order."""
    patient = Patient("p", ({"resourceType": "A", "id": "1"}, {"resourceType": "B"}, {"resourceType": "A", "id": "2"}))

    assert [each["id"] for each in patient.of_type("A")] == ["1", "2"]
