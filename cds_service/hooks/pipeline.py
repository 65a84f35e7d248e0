"""The pipeline of every hook, from request bytes to response bytes.

Medicine and FHIR must not enter; it passes the result of one step to the next.
Tests: tests/hooks/test_pipeline.py, tests/hooks/test_patient_view.py, tests/service/test_vignettes.py.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

import msgspec

from cards.withheld import Withheld
from cds_service.audit.call_record import CallSubject
from cds_service.clients.presentation import presentation_for
from cds_service.concurrency.offload import run_or_offload
from cds_service.config.settings import Profile
from cds_service.errors import MissingData
from cds_service.evaluation.card_records import ShownCards, records_for_chart, records_for_unassessable
from cds_service.evaluation.early_exit import decide_remaining
from cds_service.evaluation.evaluate import (
    ChartAssessment,
    Evaluation,
    assess_chart,
    evaluate,
    render_cards,
    with_missing,
)
from cds_service.evaluation.response import ResponseContext, build_response, build_unassessable_response
from cds_service.evaluation.suppression import UnknownChart, ViewContext, withheld_cards
from cds_service.fhir.chart.chart import Chart, Request, load_chart
from cds_service.fhir.chart.concurrent_fetch import NOT_NEEDED, FetchDeadlines
from cds_service.hooks.context import ANONYMOUS, HookContext
from cds_service.hooks.demo_options import NO_OPTIONS, parse_demo_options
from cds_service.hooks.request import HookRequest, PatientContext, RequestReader
from cds_service.hooks.warm_up_chart import WARM_UP_CHART, WARM_UP_DAY
from cds_service.log import note
from cds_service.strict_json import Body
from rules.outcome import Fired, Missing
from rules.registry import RULESET

Assess = Callable[[Chart, date, frozenset[str]], ChartAssessment]
"""Assesses a chart on a day.

Rules in shadow make no card.
"""


def answers(
    hook: str, context_model: type[PatientContext] = PatientContext, assess: Assess = assess_chart
) -> Callable[[Body, HookContext], Awaitable[bytes]]:
    """Return the function for the calls of one hook."""
    reader = RequestReader(hook, context_model)

    async def call(body: Body, context: HookContext) -> bytes:
        return await answer_call(body, context, reader, assess)

    return call


async def answer_call(body: Body, context: HookContext, reader: RequestReader, assess: Assess) -> bytes:
    """Return the response to one call as JSON bytes.

    Raises an error of cds_service.errors.
    """
    request = await run_or_offload(len(body), lambda: reader.read(body))
    call = _Call.of(request, context, assess, len(body))
    if context.record is not None:
        context.record.subject = call.subject
    chart = await _chart(request, call)
    return await _respond(chart, call)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One call after its request was read."""

    context: HookContext
    assess: Assess
    subject: CallSubject
    response: ResponseContext
    view: ViewContext
    size: int
    """Bytes of the body."""

    @classmethod
    def of(cls, request: HookRequest, context: HookContext, assess: Assess, size: int) -> "_Call":
        in_demo = context.settings.profile is Profile.DEMO
        options = parse_demo_options(request.extension) if in_demo else NO_OPTIONS
        as_of = options.as_of or context.today()
        presentation = presentation_for(context.profile, context.client, context.language(options.language))
        subject = CallSubject(
            client=context.caller,
            patient_id=request.patient_id,
            user_id=request.user_id,
            hook_instance=request.hook_instance,
            as_of=as_of,
            profile=context.profile.name,
            language=presentation.form.language.value,
        )
        response = ResponseContext(
            client=context.caller,
            hook_instance=request.hook_instance,
            patient_id=request.patient_id,
            public_url=context.settings.public_url,
            presentation=presentation,
        )
        view = ViewContext(
            client=context.caller,
            patient_id=request.patient_id,
            user_id=request.user_id,
            today=as_of,
            zone=context.zone,
        )
        return cls(context=context, assess=assess, subject=subject, response=response, view=view, size=size)

    async def withheld(self, raised: ChartAssessment | UnknownChart) -> Withheld:
        """Return the withheld cards of this call.

        A replay repeats its decision; else the present policy decides.
        """
        if self.context.decided is not None:
            return self.context.decided
        return await withheld_cards(self.context.display, raised, self.view, self.context.overrides)


async def _chart(request: HookRequest, call: _Call) -> Chart:
    context, as_of = call.context, call.view.today
    access = context.fhir.access(request.fhir_server, request.access_token) if request.fhir_server else None
    wanted = Request(
        patient_id=request.patient_id,
        prefetch=request.prefetch,
        access=access,
        as_of=as_of,
        vocabulary=context.vocabulary,
        queries=context.profile.queries,
        pages=request.pages,
        recorded_sources=context.recorded_sources,
    )
    deadlines = FetchDeadlines(context.deadline_s, context.settings.budget_s)
    shadow = context.display.rules
    return await load_chart(
        wanted, context.fhir, deadlines, lambda known, pending: decide_remaining(known, pending, as_of, shadow)
    )


async def _respond(chart: Chart, call: _Call) -> bytes:
    note(resources=chart.pool.seen, sources_fetched=chart.fetched, ruleset=RULESET)
    note(sources_unknown=tuple(gap.source for gap in (*chart.gaps, *chart.optional)))
    if call.context.record is not None:
        call.context.record.read(chart.fetched, (*chart.gaps, *chart.optional), chart.partial)
    if chart.unknown_required:
        return msgspec.json.encode(await _without_chart(chart, call))
    shadow = call.context.display.rules
    assessment = await run_or_offload(call.size, lambda: call.assess(chart, call.view.today, shadow))
    withheld = await call.withheld(assessment)
    return await run_or_offload(call.size, lambda: msgspec.json.encode(_answer(assessment, chart, call, withheld)))


async def _without_chart(chart: Chart, call: _Call) -> dict[str, object]:
    """Return the card about an unassessable chart.

    Raises MissingData for a client that shows errors.
    """
    if call.context.on_missing != "card":
        raise MissingData(tuple(gap.source for gap in chart.unknown_required))
    missing = tuple(Missing(gap.source, gap.reason) for gap in chart.gaps if gap.reason != NOT_NEEDED)
    unknown = UnknownChart(missing)
    withheld = await call.withheld(unknown)
    record = call.context.record
    if record is not None:
        record.withheld = withheld
        record.raised = tuple(records_for_unassessable(unknown.concerns, withheld, call.response))
    return build_unassessable_response(missing, call.view.today, call.response, withheld)


def _answer(assessment: ChartAssessment, chart: Chart, call: _Call, withheld: Withheld) -> dict[str, object]:
    evaluation = render_cards(assessment, call.response.presentation.form, withheld)
    _note(evaluation)
    if withheld.topics:
        note(withheld=tuple(sorted(withheld.topics)))
    complete = with_missing(evaluation.assessment, chart.optional)
    response = build_response(evaluation.cards, complete, call.response, evaluation.flagged, withheld)
    record = call.context.record
    if record is not None:
        shown = ShownCards(evaluation.cards, response["cards"])
        record.assessment, record.withheld = evaluation.assessment, withheld
        record.raised = tuple(records_for_chart(assessment, shown, withheld, call.response))
    return response


def _note(evaluation: Evaluation) -> None:
    """Add counts, sites and rule ids to the call's log line."""
    assessment = evaluation.assessment
    fired = [r.rule for site in assessment.sites for r in site.results if isinstance(r.outcome, Fired)]
    note(
        state=assessment.state.value,
        cards=len(evaluation.cards),
        sites=tuple(card.topic for card in evaluation.cards),
        rules=tuple(fired),
    )


def warm_up() -> str:
    """Evaluate a small chart to load models and knowledge.

    The ruleset version is returned.
    """
    from cds_service.fhir.chart.local_chart import chart_of  # noqa: PLC0415 - only the start needs it

    chart = chart_of([json.dumps(resource).encode() for resource in WARM_UP_CHART], "warm-up", WARM_UP_DAY)
    evaluation = evaluate(chart, WARM_UP_DAY)
    response = ResponseContext(client=ANONYMOUS, hook_instance="warm-up", patient_id="warm-up")
    build_response(evaluation.cards, evaluation.assessment, response)
    return RULESET
