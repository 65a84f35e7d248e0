"""patient-view: a chart is opened, and the cards of that patient go back.

Must not hold medicine, nor read FHIR: it hands one step's result to the next.
Tests: tests/service/test_patient_view.py, tests/service/test_vignettes.py.
"""

import json
from datetime import date

import msgspec

from cds_service.answer import Caller, answer, unknown_answer
from cds_service.apart import done
from cds_service.early import rest_of
from cds_service.errors import MissingData
from cds_service.evaluation import Evaluation, evaluate, with_missing
from cds_service.fhir.asking import NOT_NEEDED, Limits
from cds_service.fhir.chart import Chart, Request, load_chart
from cds_service.fhir.sources import TEMPLATES
from cds_service.hooks.envelope import read_envelope
from cds_service.hooks.warm import WARM_UP_CHART, WARM_UP_DAY
from cds_service.log import note
from cds_service.profiles.profile import DEFAULT, profile_of
from cds_service.runtime import ANONYMOUS, Runtime
from cds_service.strict_json import Body
from cds_service.terms import terms_of
from rules.outcome import Fired, Missing
from rules.registry import RULESET

HOOK = "patient-view"
PREFETCH = TEMPLATES


async def call(body: Body, runtime: Runtime) -> bytes:
    """Return the response to one call as JSON bytes, or raise an error of cds_service.errors."""
    envelope = await done(len(body), lambda: read_envelope(body, HOOK))
    access = runtime.fhir.access(envelope.fhir_server, envelope.access_token) if envelope.fhir_server else None
    as_of = runtime.today()
    settings = runtime.settings
    profile = profile_of(runtime.client.profile if runtime.client else DEFAULT)
    request = Request(envelope.patient_id, envelope.prefetch, access, as_of, runtime.vocabulary, profile.queries)
    limits = Limits(runtime.deadline_s, settings.budget_s)
    chart = await load_chart(request, runtime.fhir, limits, lambda known, out: rest_of(known, out, as_of))
    terms = terms_of(profile, runtime.client)
    caller = Caller(runtime.caller, envelope.hook_instance, envelope.patient_id, settings.public_url, terms)
    return await done(len(body), lambda: _encoded(chart, as_of, caller, on_missing=runtime.on_missing))


def _encoded(chart: Chart, as_of: date, caller: Caller, *, on_missing: str) -> bytes:
    return msgspec.json.encode(_response(chart, as_of, caller, on_missing=on_missing))


def _response(chart: Chart, as_of: date, caller: Caller, *, on_missing: str) -> dict[str, object]:
    note(resources=chart.pool.seen, sources_fetched=chart.fetched)
    note(sources_unknown=tuple(gap.source for gap in (*chart.gaps, *chart.optional)))
    unknown = chart.unknown_required
    if unknown:
        if on_missing != "card":
            raise MissingData(tuple(gap.source for gap in unknown))
        missing = tuple(Missing(gap.source, gap.reason) for gap in chart.gaps if gap.reason != NOT_NEEDED)
        return unknown_answer(missing, as_of, caller)
    evaluation = evaluate(chart, as_of, caller.terms.form)
    _note(evaluation)
    return answer(evaluation.cards, with_missing(evaluation.assessment, chart.optional), caller, evaluation.flagged)


def _note(evaluation: Evaluation) -> None:
    """Add to the call's log line what came out: counts, sites and rule ids, nothing of the patient."""
    assessment = evaluation.assessment
    fired = [r.rule for site in assessment.sites for r in site.results if isinstance(r.outcome, Fired)]
    note(
        state=assessment.state.value,
        ruleset=RULESET,
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
