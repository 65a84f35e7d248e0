"""The page as a whole, before it is HTML: what was concluded, the timeline, the tables, what was not read.

Must not hold markup, nor judge: the same chart and day give the same page.
Tests: tests/web/test_page.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cards.model import Card
from cards.recurrence import topic
from cards.words import heading, missing, order, source, urgency
from cds_service.evaluation import Evaluation, evaluate
from cds_service.fhir.chart import Chart
from cds_service.fhir.person import elsewhere
from cds_service.web.background import background_marks
from cds_service.web.banner import Banner, banner_of
from cds_service.web.findings import finding_marks
from cds_service.web.marks import Lane, Mark, newest_first
from cds_service.web.overview import Overview, overview
from cds_service.web.phrases import phrases, said
from cds_service.web.plots import Plot, lab_plots, lab_reach, weight_plot
from rules.assess import Assessment, SiteAssessment
from rules.case import Case
from rules.facts import Gap
from rules.outcome import Fired
from rules.registry import RULESET

SHOWN = 8
"""Marks of a lane that stand open; the rest is folded."""
MOST = 100
"""Marks of a lane that are listed at all."""


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site with what it came to."""

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
    """A lane's marks: those that stand open, those that are folded, how many are not listed."""

    id: str
    title: str
    shown: tuple[Mark, ...]
    folded: tuple[Mark, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows."""

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


def page_of(chart: Chart, as_of: date) -> Page:
    """Return the page of a chart on a day; raises UnreadableChart as the call does."""
    evaluation = evaluate(chart, as_of)
    assessment, case = evaluation.assessment, Case(evaluation.facts, as_of)
    marks = newest_first((*finding_marks(assessment, case), *background_marks(assessment, case)))
    by_lane = {lane: tuple(mark for mark in marks if mark.lane is lane) for lane in Lane}
    weight = weight_plot(case)
    return Page(
        banner=banner_of(chart.pool.patient),
        as_of=as_of,
        state=phrases()["state"][assessment.state.value],
        notes=tuple(_notes(assessment, chart)),
        sites=_sites(evaluation),
        overview=overview({lane: found[:MOST] for lane, found in by_lane.items()}, as_of),
        lanes=tuple(_listed(lane, found) for lane, found in by_lane.items()),
        plots=(*((weight,) if weight else ()), *lab_plots(case)),
        lab_days=lab_reach(as_of).days,
        unread=_unread(assessment, evaluation.facts.partial, chart.optional),
        flagged=", ".join(sorted(evaluation.flagged)),
    )


def _listed(lane: Lane, marks: tuple[Mark, ...]) -> LaneList:
    return LaneList(lane.value, lane.in_words, marks[:SHOWN], marks[SHOWN:MOST], max(0, len(marks) - MOST))


def _sites(evaluation: Evaluation) -> tuple[SiteRow, ...]:
    """Return the sites with a card first, in the order of the cards, then the others."""
    assessment = evaluation.assessment
    cards = {card.topic: card for card in evaluation.cards}
    with_card = assessment.cards
    rest = tuple(site for site in assessment.sites if site not in with_card)
    return tuple(_site(site, cards) for site in (*with_card, *rest))


def _site(site: SiteAssessment, cards: dict[str, Card]) -> SiteRow:
    card = cards.get(topic(site)) if site.level is not None else None
    fired = [f"{r.rule} {r.version}" for r in site.results if isinstance(r.outcome, Fired)]
    indicator = site.level.indicator if site.level is not None else ""
    return SiteRow(
        site=heading(site.site.value),
        outcome=phrases()["outcome"][site.outcome.value],
        level=indicator or site.outcome.value,
        urgency=urgency(indicator) if indicator else "",
        summary=card.summary if card is not None else "",
        orders=tuple(map(order, site.orders)),
        done=tuple(f"{order(done.key)} ({done.on}, {done.record.reference})" for done in site.done),
        waiting=tuple(map(order, site.waiting)),
        rules=", ".join(fired),
    )


def _notes(assessment: Assessment, chart: Chart) -> Iterable[str]:
    """Yield what is unsettled about the history and the patient."""
    history = assessment.history
    if history.records:
        dated = history.index_date is not None
        yield said("history", "since", day=history.index_date) if dated else said("history", "undated")
    if history.suspected_metastasis:
        yield said("history", "suspected")
    if history.conflicting is not None:
        yield said("history", "conflicting", reference=history.conflicting.reference)
    if assessment.palliative:
        yield said("history", "palliative")
    if assessment.pregnant:
        yield said("history", "pregnant")
    if assessment.marker is not None:
        yield said("history", "marker", reference=assessment.marker.reference)
    if elsewhere(chart.pool.patient).gaps:
        yield said("page", "not_live")


def _unread(assessment: Assessment, partial: tuple[Gap, ...], optional: tuple[Gap, ...]) -> tuple[str, ...]:
    """Return what was not read and why, a single record with its reference."""
    items = [(item.what, item.reason) for item in (*assessment.missing, *assessment.unread_history)]
    items += [(gap.source, gap.reason) for gap in optional]
    lines = [f"{_named(what)}: {missing(reason)}" for what, reason in items]
    lines += [said("page", "partial", source=source(gap.source)) for gap in partial]
    return tuple(dict.fromkeys(f"{line[:1].upper()}{line[1:]}" for line in lines))[:MOST]


def _named(what: str) -> str:
    return f"{source(what)} ({what})" if "/" in what else source(what)
