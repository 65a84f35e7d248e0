"""Rows of the standard that can't be seen from outside: what our own service does with FHIR servers, tokens and texts.

It must not repeat what the conformance command sees. Each test names its row.
It tests the whole service.
"""

import re

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from cds_service.app import create_app
from cds_service.config.settings import Settings
from cds_service.hooks import HOOKS
from tests.builders import FHIR, LEFT_OUT, Resource, a_patient, answer_to, call_of, searchset, serving
from tests.service.small_service import calling

pytestmark = pytest.mark.anyio
CHART = a_patient().with_history().with_lump()
TOKEN = "secret-of-this-call"
AUTHORIZATION = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.rs user/Observation.read vendor:special",
    "subject": "somebody",
}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


async def _asked(prefetch: Resource) -> tuple[httpx.Response, list[httpx.Request]]:
    """Return the answer to a call with a FHIR server and a token, and what that server was asked."""
    with respx.mock(assert_all_called=False) as server:
        server.route(url__startswith=FHIR).mock(side_effect=serving(CHART))
        answer = await answer_to(call_of(prefetch, fhirServer=FHIR, fhirAuthorization=AUTHORIZATION))
        return answer, [call.request for call in server.calls]


async def test_row_10_without_services_discovery_is_an_empty_array() -> None:
    """Not an error."""
    async with calling(create_app(Settings(), hooks=())) as client:
        answer = await client.get("/cds-services")

    assert (answer.status_code, answer.json()) == (200, {"services": []})


def test_row_13_a_description_reads_well_as_text_and_as_markdown() -> None:
    """No sign in it would be shown as markup by one version and as itself by another."""
    for hook in HOOKS:
        assert not re.search(r"[*_#<>\[\]`|\\]|\n", hook.description + hook.usage_requirements)


async def test_rows_41_and_49_what_prefetch_lacks_is_fetched_and_nothing_else() -> None:
    """The service compares what came with its own templates."""
    answer, asked = await _asked(CHART.prefetch(conditions=LEFT_OUT, procedures=LEFT_OUT))

    assert answer.status_code == 200
    assert answer.json()["cards"]
    assert sorted(request.url.path for request in asked) == ["/fhir/Condition", "/fhir/Procedure"]


async def test_row_46_what_came_as_an_operation_outcome_is_not_asked_again() -> None:
    """The client has asked already, and failed."""
    answer, asked = await _asked(CHART.prefetch(conditions=OUTCOME))

    assert (answer.status_code, asked) == (412, [])


async def test_rows_47_and_50_every_request_shows_the_token_also_for_next_pages() -> None:
    """In the header; no address holds it."""
    page = searchset(CHART.of_type("Condition"), link=[{"relation": "next", "url": f"{FHIR}/Condition?page=2"}])

    _, asked = await _asked(CHART.prefetch(conditions=page, observations=LEFT_OUT))

    assert sorted(request.url.path for request in asked) == ["/fhir/Condition", "/fhir/Observation"]
    assert {request.headers["authorization"] for request in asked} == {f"Bearer {TOKEN}"}
    assert not any(TOKEN in str(request.url) for request in asked)


async def test_row_51_the_token_is_neither_answered_nor_logged() -> None:
    """Also where the call fails."""
    with capture_logs() as lines:
        answers = [(await _asked(CHART.prefetch(conditions=value)))[0] for value in (LEFT_OUT, OUTCOME)]

    assert [answer.status_code for answer in answers] == [200, 412]
    assert lines
    assert TOKEN not in str(lines) + "".join(answer.text for answer in answers)


@pytest.mark.parametrize("scope", ["patient/*.read", "patient/*.rs?category=x", "Vendor/Special.x launch", "", 7])
async def test_rows_52_and_53_no_scope_is_too_odd(scope: object) -> None:
    """SMART of any version, and vendors' own names; the service does not depend on them."""
    authorization = {**AUTHORIZATION, "scope": scope}

    answer = await answer_to(call_of(CHART.prefetch(), fhirServer=FHIR, fhirAuthorization=authorization))

    assert answer.status_code == 200


async def test_row_54_a_server_that_is_not_listed_is_never_asked() -> None:
    """In production nothing is listed until somebody does, so plain http is not asked by accident."""
    with respx.mock(assert_all_called=False) as server:
        server.route().respond(200)
        answer = await answer_to(call_of({}, fhirServer="http://ehr.example/fhir", fhirAuthorization=AUTHORIZATION))

    assert answer.status_code == 400
    assert not server.calls
