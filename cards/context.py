"""Context lines of a card, such as explanations and guideline.

It must not show record text.
Tests: tests/cards/test_context.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cards.summary import cancer
from cards.words import Words, listed
from rules.assess import Assessment, SiteAssessment
from rules.evidence.presence import evidence_date
from rules.facts import Gap, Kind
from rules.levels import GradedTrigger
from rules.outcome import Finding
from rules.sheet import sheet
from rules.sites import folder_of

_CONTEXT = frozenset(kind.value for kind in Kind) - {Kind.CONDITION.value, Kind.OBSERVATION.value}

_NOT_ENTIRE = "not-entire"
"""Reason of a source that may hold more."""
_AT_ONCE, _WITHIN_A_DAY = "cord", "mscc"
"""Notes about one team, of which the more urgent is enough."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Completeness of the chart as a card mentions it."""

    gaps: tuple[Gap, ...] = ()
    partial: tuple[Gap, ...] = ()
    elsewhere: tuple[Gap, ...] = ()
    """Reasons why records may be under another patient id."""
    live: bool = True
    """True if this is the active record of the patient."""


ALL_SEEN = Seen()


def note_line(standing: tuple[GradedTrigger, ...], words: Words) -> str:
    """Return the notes of the rules beside the finding."""
    names = dict.fromkeys(note for judged in standing for note in judged.trigger.notes)
    if _AT_ONCE in names:
        names.pop(_WITHIN_A_DAY, None)
    return " ".join(words.tables["note"][name] for name in names)


def why_line(assessment: Assessment, site: SiteAssessment, words: Words) -> str:
    """Return the importance of the finding for this patient."""
    table, lead = words.tables["why"], site.active_triggers[0]
    state = "in-situ-urgent" if lead.in_situ else assessment.state.value
    why = table.get(state) or table.get(lead.trigger.plan or "") or table[site.site.value]
    return f"{words.label('why')} {why.format(cancer=cancer(assessment, words))}"


def history_line(assessment: Assessment, words: Words) -> str:
    """Return open questions of the history and goals of care."""
    history = assessment.history
    said = []
    if history.suspected_metastasis:
        said.append(words.sentence("suspected"))
    if history.conflicting is not None:
        said.append(words.sentence("conflicting", day=evidence_date(history.conflicting, assessment.as_of)))
    if assessment.palliative:
        said.append(words.sentence("palliative"))
    return " ".join(said)


def marker_line(assessment: Assessment, words: Words) -> str:
    """Return the raised tumour marker and its meaning."""
    if assessment.marker is None:
        return ""
    return words.sentence("marker", day=evidence_date(assessment.marker, assessment.as_of))


def against_line(assessment: Assessment, site: SiteAssessment, seen: Seen, words: Words) -> str:
    """Return other explanations and their effect."""
    standing = site.active_triggers
    explained = listed(_explanations(standing, words)) or _none(seen, words)
    said = [f"{words.label('explanation')} {explained}."]
    said += dict.fromkeys(_denials(standing, assessment.as_of, words))
    if any(judged.stale for judged in standing):
        said.append(words.sentence("stale", days=sheet("evidence").days("fresh_days", assessment.as_of).days))
    return " ".join(said)


def is_weighed(standing: tuple[GradedTrigger, ...]) -> bool:
    """Return True if a finding has a counterargument or caution."""
    return any(j.lowered_by or j.stale or j.trigger.explained_by or j.trigger.finding.denied for j in standing)


def _explanations(standing: tuple[GradedTrigger, ...], words: Words) -> Iterator[str]:
    """Yield explanations that lowered the level, then the others."""
    lowering = dict.fromkeys(name for judged in standing for name in judged.lowered_by if name != "in-situ")
    kept = dict.fromkeys(n for judged in standing for n in judged.trigger.explained_by if n not in lowering)
    lowering.pop("denied", None)
    effect = "lowered" if all(judged.lowered_by for judged in standing) else "lowered-in-part"
    for name, reasons in ((effect, lowering), ("kept", kept)):
        if reasons:
            yield words.text("weighed", name, reasons=listed(dict.fromkeys(map(words.reason, reasons))))


def _none(seen: Seen, words: Words) -> str:
    return words.text("weighed", "none-read" if seen.gaps or seen.partial or seen.elsewhere else "none")


def _denials(standing: tuple[GradedTrigger, ...], as_of: date, words: Words) -> list[str]:
    found: list[Finding] = [judged.trigger.finding for judged in standing]
    return [
        words.sentence("denied", day=evidence_date(f.denied, as_of), finding=words.finding(f.concept))
        for f in found
        if f.denied is not None
    ]


def not_checked_line(assessment: Assessment, seen: Seen, words: Words) -> str:
    """Return unread sources and unusable values by reason."""
    items = [(gap.source, gap.reason) for gap in seen.gaps if gap.source in _CONTEXT]
    items += [(gap.source, gap.reason) for gap in seen.elsewhere]
    items += [(gap.source, gap.reason) for gap in seen.partial if not _is_earlier(gap)]
    items += [(item.what, item.reason) for site in assessment.sites for item in site.missing if not item.card]
    by_reason: dict[str, dict[str, None]] = {}
    for what, why in items:
        by_reason.setdefault(words.missing(why), {})[words.source(what)] = None
    said = [f"{', '.join(names)} ({why})" for why, names in by_reason.items()]
    said += [words.sentence("earlier", source=words.source(gap.source)) for gap in seen.partial if _is_earlier(gap)]
    return f"{words.label('unchecked')} {listed(dict.fromkeys(said))}." if said else ""


def _is_earlier(gap: Gap) -> bool:
    """Return True for a source without its earlier records."""
    return gap.reason != _NOT_ENTIRE


def guideline_line(site: SiteAssessment, words: Words) -> str:
    """Return the guideline behind the work-up with its year."""
    folder = folder_of(site.site)
    return f"{words.label('guideline')} {words.guideline(folder, site.active_triggers[0].trigger.plan)}"
