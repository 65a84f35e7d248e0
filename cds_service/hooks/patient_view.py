"""patient-view: a chart is opened, and the cards of that patient go back.

Must not hold medicine, nor read FHIR: it hands one step's result to the next.
Tests: tests/service/test_patient_view.py, tests/service/test_vignettes.py.
"""

import json

import msgspec

from cards.withheld import Withheld
from cds_service.answer import Caller, answer, unknown_answer
from cds_service.apart import done
from cds_service.early import rest_of
from cds_service.errors import MissingData
from cds_service.evaluation import Appraisal, Evaluation, appraise, evaluate, evaluation_of, with_missing
from cds_service.fhir.asking import NOT_NEEDED, Limits
from cds_service.fhir.chart import Chart, Request, load_chart
from cds_service.fhir.sources import TEMPLATES
from cds_service.hooks.demo_wishes import NONE, demo_wishes
from cds_service.hooks.envelope import read_envelope
from cds_service.hooks.raised import Shown, of_chart, of_unknown_chart
from cds_service.hooks.warm import WARM_UP_CHART, WARM_UP_DAY
from cds_service.ledger.draft import Asked, present
from cds_service.log import note
from cds_service.quiet import Look, UnknownChart
from cds_service.runtime import ANONYMOUS, Runtime
from cds_service.settings import Profile
from cds_service.strict_json import Body
from cds_service.terms import terms_of
from rules.outcome import Fired, Missing
from rules.registry import RULESET

HOOK = "patient-view"
PREFETCH = TEMPLATES


async def call(body: Body, runtime: Runtime) -> bytes:
    """Return the response to one call as JSON bytes, or raise an error of cds_service.errors."""
    envelope = await done(len(body), lambda: read_envelope(body, HOOK))
    settings, profile = runtime.settings, runtime.profile
    wishes = demo_wishes(envelope.extension) if settings.profile is Profile.DEMO else NONE
    as_of = wishes.as_of or runtime.today()
    terms = terms_of(profile, runtime.client, runtime.language(wishes.language))
    draft = present()
    if draft is not None:
        whom = (envelope.patient_id, envelope.user_id, envelope.hook_instance)
        draft.asked = Asked(runtime.caller, *whom, as_of, profile.name, terms.form.language.value)
    access = runtime.fhir.access(envelope.fhir_server, envelope.access_token) if envelope.fhir_server else None
    how = (runtime.vocabulary, profile.queries, envelope.pages, runtime.past)
    request = Request(envelope.patient_id, envelope.prefetch, access, as_of, *how)
    limits = Limits(runtime.deadline_s, settings.budget_s)
    shadow = runtime.restraint.rules
    chart = await load_chart(request, runtime.fhir, limits, lambda known, out: rest_of(known, out, as_of, shadow))
    caller = Caller(runtime.caller, envelope.hook_instance, envelope.patient_id, settings.public_url, terms)
    look = Look(runtime.caller, envelope.patient_id, envelope.user_id, as_of, runtime.zone)
    return await _response(chart, caller, look, runtime, len(body))


async def _response(chart: Chart, caller: Caller, look: Look, runtime: Runtime, size: int) -> bytes:
    note(resources=chart.pool.seen, sources_fetched=chart.fetched, ruleset=RULESET)
    note(sources_unknown=tuple(gap.source for gap in (*chart.gaps, *chart.optional)))
    draft = present()
    if draft is not None:
        draft.read(chart.fetched, (*chart.gaps, *chart.optional), chart.partial)
    if chart.unknown_required:
        return msgspec.json.encode(await _without_chart(chart, caller, look, runtime))
    appraisal = await done(size, lambda: appraise(chart, look.today, runtime.restraint.rules))
    withheld = await runtime.restraint.withheld(appraisal, look, runtime.quiet)
    return await done(size, lambda: msgspec.json.encode(_answer(appraisal, chart, caller, withheld)))


async def _without_chart(chart: Chart, caller: Caller, look: Look, runtime: Runtime) -> dict[str, object]:
    """Return the answer where nothing can be told; or raise MissingData for a client that shows errors."""
    if runtime.on_missing != "card":
        raise MissingData(tuple(gap.source for gap in chart.unknown_required))
    missing = tuple(Missing(gap.source, gap.reason) for gap in chart.gaps if gap.reason != NOT_NEEDED)
    raised = UnknownChart(missing)
    withheld = await runtime.restraint.withheld(raised, look, runtime.quiet)
    draft = present()
    if draft is not None:
        draft.withheld, draft.raised = withheld, tuple(of_unknown_chart(raised.concerns, withheld, caller))
    return unknown_answer(missing, look.today, caller, withheld)


def _answer(appraisal: Appraisal, chart: Chart, caller: Caller, withheld: Withheld) -> dict[str, object]:
    evaluation = evaluation_of(appraisal, caller.terms.form, withheld)
    _note(evaluation)
    if withheld.topics:
        note(withheld=tuple(sorted(withheld.topics)))
    assessment = with_missing(evaluation.assessment, chart.optional)
    found = answer(evaluation.cards, assessment, caller, evaluation.flagged, withheld)
    draft = present()
    if draft is not None:
        draft.assessment, draft.withheld = evaluation.assessment, withheld
        draft.raised = tuple(of_chart(appraisal, Shown(evaluation.cards, found["cards"]), withheld, caller))
    return found


def _note(evaluation: Evaluation) -> None:
    """Add to the call's log line what came out: counts, sites and rule ids, nothing of the patient."""
    assessment = evaluation.assessment
    fired = [r.rule for site in assessment.sites for r in site.results if isinstance(r.outcome, Fired)]
    note(
        state=assessment.state.value,
        cards=len(evaluation.cards),
        sites=tuple(card.topic for card in evaluation.cards),
        rules=tuple(fired),
    )


def warm_up() -> str:
    """Evaluate a small chart of ours once, so that models and knowledge are loaded; return the ruleset version."""
    from cds_service.fhir.local import chart_of  # noqa: PLC0415 - only the start needs it

    chart = chart_of([json.dumps(resource).encode() for resource in WARM_UP_CHART], "warm-up", WARM_UP_DAY)
    evaluation = evaluate(chart, WARM_UP_DAY)
    answer(evaluation.cards, evaluation.assessment, Caller(ANONYMOUS, "warm-up", "warm-up"))
    return RULESET
