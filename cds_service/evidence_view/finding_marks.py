"""Marks of findings with site, rule or reason of exclusion.

Tests: tests/evidence_view/test_timeline.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from cards.numbers import measured
from cds_service.evidence_view.marks import Lane, Mark, Told, mark_of
from cds_service.evidence_view.phrases import Phrases
from rules.assess import OUT_OF_SCOPE, Assessment, SiteAssessment
from rules.case import Case
from rules.evidence.presence import is_active, start_date
from rules.explain.record_fates import Fate, RecordFate, record_fates
from rules.levels import GradedTrigger
from rules.outcome import Finding, NotFired
from rules.sheet import sheet
from rules.sites import Site
from rules.weight.loss import weight_loss

EXPLAINED = "explained"
Uses = Mapping[int, list[tuple[SiteAssessment, GradedTrigger]]]
"""Triggers by the identity of a record."""


def finding_marks(assessment: Assessment, case: Case, phrases: Phrases) -> Iterator[Mark]:
    """Yield the marks of symptoms, findings and measured values."""
    uses = _uses(assessment)
    for each in record_fates(case):
        told = _told(each, uses, assessment, phrases)
        yield mark_of(each.record, each.concept, told, assessment.as_of, phrases)
    yield from _measured(assessment, uses, phrases)
    yield from _intended_loss(assessment, case, uses, phrases)


def _uses(assessment: Assessment) -> Uses:
    found: dict[int, list[tuple[SiteAssessment, GradedTrigger]]] = {}
    for site in assessment.sites:
        for judged in site.judged:
            for finding in judged.trigger.findings:
                for record in finding.records:
                    found.setdefault(id(record), []).append((site, judged))
    return found


def _told(each: RecordFate, uses: Uses, assessment: Assessment, phrases: Phrases) -> Told:
    if each.fate is not Fate.COUNTS:
        return Told(Lane.NOT_COUNTED, each.fate.value, (_why_not(each, assessment, phrases),))
    if assessment.state in OUT_OF_SCOPE:
        return Told(Lane.NOT_COUNTED, "on-record", (phrases.said("why", "out_of_scope"),))
    used = uses.get(id(each.record), [])
    if used:
        return _told_of(used, phrases)
    explained = _explained(each, assessment, phrases)
    if explained:
        return Told(Lane.NOT_COUNTED, EXPLAINED, (explained,))
    return Told(Lane.NOT_COUNTED, "on-record", (phrases.said("why", "alone"),))


def _told_of(used: list[tuple[SiteAssessment, GradedTrigger]], phrases: Phrases) -> Told:
    """Return the statement about a record behind triggers."""
    why = tuple(dict.fromkeys(_use(site, judged, phrases) for site, judged in used))
    if any(judged.level is not None for _, judged in used):
        return Told(Lane.COUNTED, Fate.COUNTS.value, why)
    return Told(Lane.NOT_COUNTED, EXPLAINED, why)


def _use(site: SiteAssessment, judged: GradedTrigger, phrases: Phrases) -> str:
    """Return the result of a trigger for its findings."""
    reasons, site_name = phrases.reasons(judged.lowered_by), phrases.words.heading(site.site.value)
    parts = {"site": site_name, "rule": judged.trigger.rule, "reasons": reasons}
    if judged.level is None:
        return phrases.said("why", "explained", **parts)
    level = phrases.words.tables["urgency"][judged.level.indicator]
    text = phrases.said("why", "lowered" if judged.lowered_by else "counts", level=level, **parts)
    if judged.stale:
        days = sheet("evidence").days("fresh_days", _day(judged)).days
        text = f"{text} {phrases.said('why', 'stale', days=days)}"
    return text


def _day(judged: GradedTrigger) -> date:
    return judged.trigger.finding.newest or date.max


def _explained(each: RecordFate, assessment: Assessment, phrases: Phrases) -> str:
    """Return the explanation that takes a present finding out, or ""."""
    for site in assessment.sites:
        if site.site is each.site:
            outcomes = (result.outcome for result in site.results)
            names = [name for o in outcomes if isinstance(o, NotFired) for name in o.explained_by]
            if names:
                return _explained_by(site.site, names, phrases)
    return ""


def _explained_by(site: Site, names: Iterable[str], phrases: Phrases) -> str:
    name = phrases.words.heading(site.value)
    return phrases.said("why", "explained_by", site=name, reasons=phrases.reasons(names))


def _why_not(each: RecordFate, assessment: Assessment, phrases: Phrases) -> str:
    record, as_of = each.record, assessment.as_of
    if each.fate is Fate.BEFORE_CANCER:
        began, index = start_date(record, as_of), assessment.history.index_date
        return phrases.said("why", "before_dated", day=began, index=index)
    if each.fate is Fate.TOO_OLD:
        window = "recent_active_days" if is_active(record) else "recent_days"
        return phrases.said("why", "too-old", days=sheet("evidence").days(window, as_of).days)
    if each.fate is Fate.CANCELLED and each.by is not None:
        return phrases.said("why", "cancelled", reference=each.by.reference)
    return phrases.said("why", each.fate.value)


def _measured(assessment: Assessment, uses: Uses, phrases: Phrases) -> Iterator[Mark]:
    """Yield a mark for each measured finding with number and limit."""
    seen: set[tuple[str, ...]] = set()
    for site in assessment.sites:
        for judged in site.judged:
            for finding in judged.trigger.findings:
                key = (finding.concept, *(record.reference for record in finding.records))
                if finding.measure is not None and key not in seen:
                    seen.add(key)
                    told = _told_of(uses[id(finding.records[0])], phrases)
                    yield _measure_mark(finding, told, assessment.as_of, phrases)


def _intended_loss(assessment: Assessment, case: Case, uses: Uses, phrases: Phrases) -> Iterator[Mark]:
    """Yield an intended loss of weight without a rule."""
    if assessment.state in OUT_OF_SCOPE:
        return
    loss = weight_loss(case)
    if loss.finding is not None and loss.intended_by and id(loss.finding.records[0]) not in uses:
        why = _explained_by(Site.LIVER, loss.intended_by, phrases)
        told = Told(Lane.NOT_COUNTED, EXPLAINED, (why,))
        yield _measure_mark(loss.finding, told, assessment.as_of, phrases)


def _measure_mark(finding: Finding, told: Told, as_of: date, phrases: Phrases) -> Mark:
    """Return the mark of a measured finding with its records."""
    mark = mark_of(finding.records[0], finding.concept, told, as_of, phrases)
    label = mark.label if finding.measure is None else measured(finding.measure, finding.newest, phrases.words)
    sources = tuple(dict.fromkeys(record.reference for record in finding.records))
    return replace(mark, label=label, sources=sources)
