"""Model of the page before its HTML.

Equal chart and day must give equal pages.
Tests: tests/evidence_view/test_page.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cards.model import Card, Form
from cards.recurrence import topic
from cards.words import Language, Words, capitalised
from cds_service.evaluation.evaluate import Evaluation, evaluate
from cds_service.evidence_view.context_marks import background_marks
from cds_service.evidence_view.finding_marks import finding_marks
from cds_service.evidence_view.marks import Lane, Mark, newest_first
from cds_service.evidence_view.patient_banner import Banner, banner_of
from cds_service.evidence_view.phrases import Phrases, phrases_in
from cds_service.evidence_view.plots import Plot, lab_plots, lab_reach, weight_plot
from cds_service.evidence_view.timeline import Overview, overview
from cds_service.fhir.candidates.patient_links import patient_links
from cds_service.fhir.chart.chart import Chart
from rules.assess import Assessment, SiteAssessment
from rules.case import Case
from rules.facts import Gap
from rules.outcome import Fired
from rules.registry import RULESET

SHOWN = 8
"""Marks of a lane before the fold."""
MOST = 100
"""Maximum number of listed marks of a lane."""


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site with its outcome."""

    site: str
    outcome: str
    level: str
    """The indicator of a card, else the outcome."""
    urgency: str
    summary: str
    orders: tuple[str, ...]
    done: tuple[str, ...]
    waiting: tuple[str, ...]
    rules: str


@dataclass(frozen=True, slots=True)
class LaneList:
    """Shown, folded and counted marks of a lane."""

    id: str
    title: str
    shown: tuple[Mark, ...]
    folded: tuple[Mark, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows."""

    language: Language
    banner: Banner
    as_of: date
    state: str
    notes: tuple[str, ...]
    sites: tuple[SiteRow, ...]
    overview: Overview | None
    lanes: tuple[LaneList, ...]
    plots: tuple[Plot, ...]
    lab_days: int
    unread: tuple[str, ...]
    flagged: str
    ruleset: str = RULESET


def page_of(chart: Chart, as_of: date, language: Language) -> Page:
    """Return the page of a chart on a day in a language.

    Raises UnreadableChart.
    """
    phrases = phrases_in(language)
    evaluation = evaluate(chart, as_of, Form(language=language))
    assessment, case = evaluation.assessment, Case(evaluation.facts, as_of)
    marks = newest_first((*finding_marks(assessment, case, phrases), *background_marks(assessment, case, phrases)))
    by_lane = {lane: tuple(mark for mark in marks if mark.lane is lane) for lane in Lane}
    weight = weight_plot(case, phrases)
    return Page(
        language=language,
        banner=banner_of(chart.pool.patient, phrases),
        as_of=as_of,
        state=phrases.tables["state"][assessment.state.value],
        notes=tuple(_notes(assessment, chart, phrases)),
        sites=_sites(evaluation, phrases),
        overview=overview({lane: found[:MOST] for lane, found in by_lane.items()}, as_of, phrases),
        lanes=tuple(_listed(lane, found, phrases) for lane, found in by_lane.items()),
        plots=(*((weight,) if weight else ()), *lab_plots(case, phrases)),
        lab_days=lab_reach(as_of).days,
        unread=_unread(assessment, evaluation.facts.partial, chart.optional, phrases),
        flagged=", ".join(sorted(evaluation.flagged)),
    )


def _listed(lane: Lane, marks: tuple[Mark, ...], phrases: Phrases) -> LaneList:
    return LaneList(
        lane.value, phrases.tables["lane"][lane], marks[:SHOWN], marks[SHOWN:MOST], max(0, len(marks) - MOST)
    )


def _sites(evaluation: Evaluation, phrases: Phrases) -> tuple[SiteRow, ...]:
    """Return sites with a card in card order, then the others."""
    assessment = evaluation.assessment
    cards = {card.topic: card for card in evaluation.cards}
    with_card = assessment.cards
    rest = tuple(site for site in assessment.sites if site not in with_card)
    return tuple(_site(site, cards, phrases) for site in (*with_card, *rest))


def _site(site: SiteAssessment, cards: dict[str, Card], phrases: Phrases) -> SiteRow:
    words = phrases.words
    card = cards.get(topic(site)) if site.level is not None else None
    fired = [f"{r.rule} {r.version}" for r in site.results if isinstance(r.outcome, Fired)]
    indicator = site.level.indicator if site.level is not None else ""
    return SiteRow(
        site=words.heading(site.site.value),
        outcome=phrases.tables["outcome"][site.outcome.value],
        level=indicator or site.outcome.value,
        urgency=words.tables["urgency"][indicator] if indicator else "",
        summary=card.summary if card is not None else "",
        orders=tuple(map(words.order, site.orders)),
        done=tuple(f"{words.order(done.key)} ({done.on}, {done.record.reference})" for done in site.done),
        waiting=tuple(map(words.order, site.waiting)),
        rules=", ".join(fired),
    )


def _notes(assessment: Assessment, chart: Chart, phrases: Phrases) -> Iterable[str]:
    """Yield open questions of history and patient."""
    history = assessment.history
    if history.records:
        dated = history.index_date is not None
        yield phrases.said("history", "since", day=history.index_date) if dated else phrases.said("history", "undated")
    if history.suspected_metastasis:
        yield phrases.said("history", "suspected")
    if history.conflicting is not None:
        yield phrases.said("history", "conflicting", reference=history.conflicting.reference)
    if assessment.palliative:
        yield phrases.said("history", "palliative")
    if assessment.pregnant:
        yield phrases.said("history", "pregnant")
    if assessment.marker is not None:
        yield phrases.said("history", "marker", reference=assessment.marker.reference)
    if patient_links(chart.pool.patient).gaps:
        yield phrases.said("page", "not_live")


def _unread(
    assessment: Assessment, partial: tuple[Gap, ...], optional: tuple[Gap, ...], phrases: Phrases
) -> tuple[str, ...]:
    """Return unread sources and records with their reasons."""
    words = phrases.words
    items = [(item.what, item.reason) for item in (*assessment.missing, *assessment.unread_history)]
    items += [(gap.source, gap.reason) for gap in optional]
    lines = [f"{_named(what, words)}: {words.missing(reason)}" for what, reason in items]
    lines += [phrases.said("page", "partial", source=words.source(gap.source)) for gap in partial]
    return tuple(dict.fromkeys(map(capitalised, lines)))[:MOST]


def _named(what: str, words: Words) -> str:
    name = words.source(what)
    return f"{name} ({what})" if "/" in what else name
