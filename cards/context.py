"""The lines around the finding: why it matters, what speaks against it, what was not checked, the guideline.

Must not show record text.
Tests: tests/cards/test_context.py.
"""

from dataclasses import dataclass
from datetime import date

from cards.summary import cancer
from cards.words import finding as finding_words
from cards.words import missing, reason, sentence, source, words
from rules.assess import Assessment, SiteAssessment
from rules.evidence.presence import evidence_date
from rules.facts import Gap, Kind
from rules.levels import Judged
from rules.outcome import Finding
from rules.rule import sheet

_CONTEXT = frozenset(kind.value for kind in Kind) - {Kind.CONDITION.value, Kind.OBSERVATION.value}


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


def note_line(standing: tuple[Judged, ...]) -> str:
    """Return what the rules want said beside the finding."""
    names = dict.fromkeys(note for judged in standing for note in judged.trigger.notes)
    return " ".join(words()["note"][name] for name in names)


def why_line(assessment: Assessment, site: SiteAssessment) -> str:
    """Return the cancer and why the finding matters in this state of the disease."""
    table, name = words()["why"], cancer(assessment)
    lead = site.standing[0]
    state = "in-situ-urgent" if lead.in_situ else assessment.state.value
    why = table.get(state) or table.get(lead.trigger.plan or "") or table[site.site.value]
    return f"**Why:** {name[0].upper()}{name[1:]}. {why}"


def history_line(assessment: Assessment) -> str:
    """Return what is unsettled about the history, and the goals of care."""
    history = assessment.history
    said = []
    if history.suspected_metastasis:
        said.append(sentence("suspected"))
    if history.conflicting is not None:
        said.append(sentence("conflicting", day=evidence_date(history.conflicting, assessment.as_of)))
    if assessment.palliative:
        said.append(sentence("palliative"))
    return " ".join(said)


def marker_line(assessment: Assessment) -> str:
    """Return that a tumour marker is raised, and what that is worth."""
    if assessment.marker is None:
        return ""
    return sentence("marker", day=evidence_date(assessment.marker, assessment.as_of))


def against_line(assessment: Assessment, site: SiteAssessment, seen: Seen) -> str:
    """Return which other explanations were considered, and what they changed."""
    standing = site.standing
    lowering = dict.fromkeys(name for judged in standing for name in judged.lowered_by if name != "in-situ")
    kept = dict.fromkeys(n for judged in standing for n in judged.trigger.explained_by if n not in lowering)
    denials = tuple(dict.fromkeys(_denials(standing, assessment.as_of)))
    lowering.pop("denied", None)
    said = [f"**Other explanation:** {_lowering(tuple(lowering), standing)}."] if lowering else []
    if kept:
        said.append(f"On record, not enough to lower the urgency: {'; '.join(map(reason, kept))}.")
    if not lowering and not kept:
        none = "none in what was read" if seen.gaps or seen.partial or seen.elsewhere else "none on record"
        said.append(f"**Other explanation:** {none}.")
    said += denials
    if any(judged.stale for judged in standing):
        said.append(sentence("stale", days=sheet("evidence").days("fresh_days", assessment.as_of).days))
    return " ".join(said)


def is_weighed(standing: tuple[Judged, ...]) -> bool:
    """Return whether anything speaks against a finding, or for reading it with care."""
    return any(j.lowered_by or j.stale or j.trigger.explained_by or j.trigger.finding.denied for j in standing)


def _lowering(names: tuple[str, ...], standing: tuple[Judged, ...]) -> str:
    every = all(judged.lowered_by for judged in standing)
    return f"{'; '.join(map(reason, names))} ({'one step less urgent' if every else 'for part of the findings'})"


def _denials(standing: tuple[Judged, ...], as_of: date) -> list[str]:
    found: list[Finding] = [judged.trigger.finding for judged in standing]
    return [
        sentence("denied", day=evidence_date(f.denied, as_of), finding=finding_words(f.concept))
        for f in found
        if f.denied is not None
    ]


def not_checked_line(assessment: Assessment, seen: Seen) -> str:
    """Return which sources of context were not seen and which values could not be used, by the reason."""
    items = [(gap.source, gap.reason) for gap in seen.gaps if gap.source in _CONTEXT]
    items += [(gap.source, gap.reason) for gap in seen.elsewhere]
    items += [(item.what, item.reason) for site in assessment.sites for item in site.missing if not item.card]
    by_reason: dict[str, dict[str, None]] = {}
    for what, why in items:
        by_reason.setdefault(missing(why), {})[source(what)] = None
    said = [f"{', '.join(names)} ({why})" for why, names in by_reason.items()]
    said += [f"earlier {source(gap.source).partition(' (')[0]} were not read" for gap in seen.partial]
    return f"**Not checked:** {'; '.join(dict.fromkeys(said))}." if said else ""


def guideline_line(site: SiteAssessment) -> str:
    """Return the guideline that the work-up rests on, with its year."""
    plan = site.standing[0].trigger.plan
    folder = site.site.value.removesuffix("-node")
    return f"**Guideline:** {words()['guideline'].get(plan or '') or sheet(folder).guideline}"
