"""What is known early is answered early: nobody waits for a source that can't change the cards, or that is slow.

The budget in these tests is half a minute: a call that waited for what hangs would show it as `late`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from cds_service.evaluation.early_exit import decide_remaining
from cds_service.evaluation.evaluate import evaluate
from cds_service.fhir.chart.chart import Chart as Known
from cds_service.fhir.chart.concurrent_fetch import SLOW_AFTER_S, Remaining
from cds_service.fhir.chart.local_chart import chart_of
from cds_service.fhir.chart.sources import SOURCES
from rules.facts import Code, Gap, Kind, Record, System
from rules.gate.history import HISTORY_KINDS, is_stated
from tests.builders import (
    Chart,
    a_patient,
    condition,
    error_code,
    fetched,
    observation,
    serving,
    topics,
    trace,
)
from tests.evaluating import CASES
from tests.vignettes import Vignette, resources

pytestmark = pytest.mark.anyio
PATIENT_WAITS = {"budget_s": 30.0, "hard_deadline_s": 60.0}
LUMP = a_patient().with_history().with_lump()
CORD = a_patient().with_history().with_(condition("G95.20"))
"""Compression of the cord: critical, whatever else is on record."""
TYPES = tuple(dict.fromkeys(source.resource_type for source in SOURCES))
CANNOT_PROVE = sorted(set(TYPES) - {"Patient"} - {kind.value for kind in HISTORY_KINDS})


class Server:
    """A FHIR server with a chart that never answers a query for one type; says whether that was given up."""

    def __init__(self, chart: Chart, hangs: str) -> None:
        self._answer = serving(chart)
        self._hangs = hangs
        self.given_up: list[str] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer, or hang."""
        kind = request.url.path.removeprefix("/fhir/").partition("/")[0]
        if kind == self._hangs:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.given_up.append(kind)
                raise
        return self._answer(request)


@pytest.mark.parametrize("hangs", CANNOT_PROVE)
async def test_without_a_history_nobody_waits_for_what_can_not_prove_one(hangs: str) -> None:
    """The request is given up, the cards are those of the whole chart, and the trace says what was not looked at."""
    server = Server(a_patient().with_lump(), hangs)

    answer = (await fetched(a_patient(), answer=server, settings=PATIENT_WAITS)).json()

    assert answer["cards"] == []
    assert trace(answer)["state"] == "none"
    assert trace(answer)["notAssessable"] == [{"source": hangs, "reason": "not-needed"}]
    assert server.given_up == [hangs]


@pytest.mark.parametrize("hangs", ["Observation", "Procedure"])
async def test_without_a_history_what_may_prove_one_has_its_whole_budget(hangs: str) -> None:
    """A cancer can be coded there alone."""
    server = Server(a_patient(), hangs)

    answer = (await fetched(a_patient(), answer=server, settings={"budget_s": 0.2})).json()

    assert trace(answer)["notAssessable"] == [{"source": hangs, "reason": "late"}]


@pytest.mark.parametrize("hangs", sorted(set(TYPES) - {"Patient", "Condition"}))
async def test_of_a_patient_who_died_nothing_more_is_asked(hangs: str) -> None:
    """Whatever is on record, there is no card."""
    dead = a_patient(deceasedBoolean=True).with_history().with_lump()

    answer = (await fetched(dead, answer=Server(dead, hangs), settings=PATIENT_WAITS)).json()

    assert (answer["cards"], trace(answer)["state"]) == ([], "suppressed")
    assert trace(answer)["notAssessable"] == [{"source": hangs, "reason": "not-needed"}]


@pytest.mark.parametrize("hangs", sorted(set(TYPES) - {"Patient", "Condition", "Observation"}))
async def test_a_critical_card_is_not_held_back_by_a_slow_source(hangs: str) -> None:
    """It is given as soon as the source shows itself slow, and says what was not checked."""
    answer = (await fetched(CORD, answer=Server(CORD, hangs), settings=PATIENT_WAITS)).json()

    assert topics(answer)["bone"] == "critical"
    assert trace(answer)["notAssessable"] == [{"source": hangs, "reason": "late"}]
    if hangs in {"Procedure", "ServiceRequest"}:
        assert "not received in time" in answer["cards"][0]["detail"]


async def test_a_critical_card_waits_for_the_observations_as_long_as_any_card() -> None:
    """They are evidence, and may hold more of it."""
    answering = serving(CORD.with_(observation("29463-7")))

    async def answer(request: httpx.Request) -> httpx.Response:
        if "/Observation" in request.url.path:
            await asyncio.sleep(2 * SLOW_AFTER_S)
        return answering(request)

    got = (await fetched(CORD, answer=answer, settings=PATIENT_WAITS)).json()

    assert topics(got)["bone"] == "critical"
    assert "notAssessable" not in trace(got) or "late" not in json.dumps(trace(got)["notAssessable"])


async def test_a_card_that_is_not_critical_waits_for_the_rest() -> None:
    """Half a second more tells whether the work-up was ordered already."""
    answering = serving(LUMP)

    async def answer(request: httpx.Request) -> httpx.Response:
        if "/ServiceRequest" in request.url.path:
            await asyncio.sleep(2 * SLOW_AFTER_S)
        return answering(request)

    got = (await fetched(LUMP, answer=answer, settings=PATIENT_WAITS)).json()

    assert topics(got) == {"local": "warning"}
    assert "notAssessable" not in trace(got)


@pytest.mark.parametrize("hangs", ["Observation", "ServiceRequest"])
async def test_where_the_conditions_are_unknown_nobody_waits_for_the_rest(hangs: str) -> None:
    """The call can't be answered; a card that says so names what failed, not what nobody waited for."""

    def answering() -> Callable[[httpx.Request], Awaitable[httpx.Response]]:
        server = Server(LUMP, hangs)

        async def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(401) if "/Condition" in request.url.path else await server(request)

        return answer

    refused = await fetched(LUMP, answer=answering(), settings=PATIENT_WAITS)
    card = await fetched(LUMP, answer=answering(), settings={**PATIENT_WAITS, "on_missing": "card"})

    assert (refused.status_code, error_code(refused)) == (412, "missing-data")
    assert topics(card.json()) == {"incomplete": "info"}
    assert trace(card.json())["notAssessable"] == [{"source": "Condition", "reason": "unauthorized"}]


async def test_an_answer_about_somebody_else_is_refused_while_others_are_out() -> None:
    """What is judged early is checked like what is judged late."""
    other = condition("C50.912") | {"id": "x", "subject": {"reference": "Patient/somebody-else"}}
    server = Server(replace(a_patient(), resources=(*a_patient().resources, other)), "Immunization")

    refused = await fetched(a_patient(), answer=server, settings=PATIENT_WAITS)

    assert (refused.status_code, error_code(refused)) == (412, "wrong-patient")


@pytest.mark.sweep
@pytest.mark.parametrize("folder", sorted({case.folder for case in CASES.values()}))
def test_what_is_left_out_of_any_case_would_have_changed_no_card(folder: str) -> None:
    """Whichever sources are out: where the rest is left, the whole chart has no card either."""
    lefts = 0
    for case in (case for case in CASES.values() if case.folder == folder and "-" not in case.id):
        for out in (frozenset(CANNOT_PROVE), frozenset(TYPES[2:])):
            if decide_remaining(_chart(case, out), out, case.as_of) is Remaining.CANCEL:
                lefts += 1
                assert evaluate(_chart(case, frozenset()), case.as_of).cards == (), case.id

    assert lefts or folder != "gate"


@pytest.mark.parametrize("kind", sorted(set(Kind) - HISTORY_KINDS))
@pytest.mark.parametrize("status", [None, "final", "completed", "finished", "active"])
def test_no_other_kind_of_record_states_a_cancer(kind: Kind, status: str | None) -> None:
    """Whatever its code and status: the soundness of leaving it rests on this."""
    code = Code(System.ICD10CM, "C50.912")

    assert not is_stated(Record("X/1", kind, (code,), frozenset({"bc_invasive"}), status=status))


def _chart(case: Vignette, out: frozenset[str]) -> Known:
    chart = resources(case)
    known = [json.dumps(each).encode() for each in chart if each["resourceType"] not in out]
    return replace(chart_of(known, chart[0]["id"], case.as_of), gaps=tuple(Gap(kind, "late") for kind in sorted(out)))
