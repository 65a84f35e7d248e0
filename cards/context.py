"""The lines around the finding: why it matters, what speaks against it, what was not checked, the guideline.

Must not show record text.
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

_AT_ONCE, _WITHIN_A_DAY = "cord", "mscc"
"""Notes about the same team, of which the more urgent one is enough."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was and was not seen of the chart, as far as a card mentions it."""

    gaps: tuple[Gap, ...] = ()
    partial: tuple[Gap, ...] = ()
    elsewhere: tuple[Gap, ...] = ()
    """Why records of the patient may stand under another id."""
    live: bool = True
    """Whether this is still the record of the patient that is written in."""


ALL_SEEN = Seen()


def note_line(standing: tuple[GradedTrigger, ...], words: Words) -> str:
    """Return what the rules want said beside the finding."""
    names = dict.fromkeys(note for judged in standing for note in judged.trigger.notes)
    if _AT_ONCE in names:
        names.pop(_WITHIN_A_DAY, None)
    return " ".join(words.tables["note"][name] for name in names)


def why_line(assessment: Assessment, site: SiteAssessment, words: Words) -> str:
    """Return why the finding matters after this cancer and in this state of the disease."""
    table, lead = words.tables["why"], site.active_triggers[0]
    state = "in-situ-urgent" if lead.in_situ else assessment.state.value
    why = table.get(state) or table.get(lead.trigger.plan or "") or table[site.site.value]
    return f"{words.label('why')} {why.format(cancer=cancer(assessment, words))}"


def history_line(assessment: Assessment, words: Words) -> str:
    """Return what is unsettled about the history, and the goals of care."""
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
    """Return that a tumour marker is raised, and what that is worth."""
    if assessment.marker is None:
        return ""
    return words.sentence("marker", day=evidence_date(assessment.marker, assessment.as_of))


def against_line(assessment: Assessment, site: SiteAssessment, seen: Seen, words: Words) -> str:
    """Return which other explanations were considered, and what they changed."""
    standing = site.active_triggers
    explained = listed(_explanations(standing, words)) or _none(seen, words)
    said = [f"{words.label('explanation')} {explained}."]
    said += dict.fromkeys(_denials(standing, assessment.as_of, words))
    if any(judged.stale for judged in standing):
        said.append(words.sentence("stale", days=sheet("evidence").days("fresh_days", assessment.as_of).days))
    return " ".join(said)


def is_weighed(standing: tuple[GradedTrigger, ...]) -> bool:
    """Return whether anything speaks against a finding, or for reading it with care."""
    return any(j.lowered_by or j.stale or j.trigger.explained_by or j.trigger.finding.denied for j in standing)


def _explanations(standing: tuple[GradedTrigger, ...], words: Words) -> Iterator[str]:
    """Yield what lowered the urgency of all findings or some, then what is on record without having done so."""
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
    """Return which sources of context were not seen and which values could not be used, by the reason."""
    items = [(gap.source, gap.reason) for gap in seen.gaps if gap.source in _CONTEXT]
    items += [(gap.source, gap.reason) for gap in seen.elsewhere]
    items += [(item.what, item.reason) for site in assessment.sites for item in site.missing if not item.card]
    by_reason: dict[str, dict[str, None]] = {}
    for what, why in items:
        by_reason.setdefault(words.missing(why), {})[words.source(what)] = None
    said = [f"{', '.join(names)} ({why})" for why, names in by_reason.items()]
    said += [words.sentence("earlier", source=words.source(gap.source)) for gap in seen.partial]
    return f"{words.label('unchecked')} {listed(dict.fromkeys(said))}." if said else ""


def guideline_line(site: SiteAssessment, words: Words) -> str:
    """Return the guideline that the work-up rests on, with its year."""
    folder = folder_of(site.site)
    return f"{words.label('guideline')} {words.guideline(folder, site.active_triggers[0].trigger.plan)}"
