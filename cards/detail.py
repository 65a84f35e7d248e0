"""The detail of a card in plain Markdown: found, why, consider, against, done, not checked, guideline.

Must not show record text, tables, HTML or images; drops its least important lines first when too long.
Tests: tests/cards/test_detail.py, tests/cards/test_recurrence.py.
"""

from dataclasses import dataclass

from cards.evidence import evidence_lines, shown_evidence
from cards.markdown import bullets
from cards.model import DETAIL_LENGTH
from cards.words import missing, order, reason, source, words
from rules.assess import Assessment, SiteAssessment
from rules.facts import Gap, Kind
from rules.gate.state import State
from rules.levels import Judged
from rules.rule import sheet

CLOSING = "Does not replace clinical judgement."
SHORTEST_EVIDENCE = 1
_CONTEXT = frozenset(kind.value for kind in Kind) - {Kind.CONDITION.value, Kind.OBSERVATION.value}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line and how much it matters: the smallest is dropped first."""

    text: str
    weight: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What was and was not seen of the chart, as far as a card mentions it."""

    gaps: tuple[Gap, ...] = ()
    partial: tuple[Gap, ...] = ()


def detail(assessment: Assessment, site: SiteAssessment, seen: Seen) -> str:
    """Return the detail within its limit; evidence is shortened before anything that warns is dropped."""
    evidence = evidence_lines(site.standing, assessment.as_of)
    lines = [line for line in _lines(assessment, site, seen) if line.text]
    most = len(evidence)
    for shown in sorted({min(most, n) for n in (5, 4, 3, 2, SHORTEST_EVIDENCE)}, reverse=True):
        text = _joined(bullets(shown_evidence(evidence, shown)), lines)
        if len(text) <= DETAIL_LENGTH:
            return text
    shortest = bullets(shown_evidence(evidence, SHORTEST_EVIDENCE))
    while len(text := _joined(shortest, lines)) > DETAIL_LENGTH:
        lines.remove(min(lines, key=lambda line: line.weight))
    return text


def _joined(found: str, lines: list[_Line]) -> str:
    return "\n\n".join((f"**Found:**\n\n{found}", *(line.text for line in lines)))


def _lines(assessment: Assessment, site: SiteAssessment, seen: Seen) -> list[_Line]:
    standing = site.standing
    return [
        _Line(_state_line(assessment, site), 8),
        _Line(_note_line(standing), 9),
        _Line(_consider_line(site), 7),
        _Line(_waiting_line(site), 9),
        _Line(_against_line(standing), 6),
        _Line(_done_line(site), 8),
        _Line(_goals_line(assessment), 5),
        _Line(_not_checked_line(assessment, seen), 8),
        _Line(_guideline_line(site), 4),
        _Line(f"{CLOSING} As of {assessment.as_of.isoformat()}.", 10),
    ]


def _state_line(assessment: Assessment, site: SiteAssessment) -> str:
    parts = []
    if any(judged.in_situ for judged in site.standing):
        parts.append("Metastasis from in situ carcinoma is unlikely, but the finding is urgent in itself.")
    elif text := _STATE_LINES.get(assessment.state):
        parts.append(text)
    if assessment.history.suspected_metastasis:
        parts.append("Metastasis is already under investigation.")
    if assessment.history.conflicting is not None:
        parts.append("The records conflict: a later entry denies breast cancer.")
    return " ".join(parts)


_STATE_LINES = {
    State.KNOWN_METASTATIC: "Known metastatic disease: possible progression or new site; contact the oncology team.",
    State.KNOWN_RECURRENT_LOCAL: "Known recurrence: possible progression; contact the treating oncology team.",
    State.ACTIVE_PRIMARY_TREATMENT: "Under treatment: may be a treatment effect; discuss with the treating team first.",
    State.NEWLY_DIAGNOSED: "Before or at first treatment: a question of staging.",
}


def _note_line(standing: tuple[Judged, ...]) -> str:
    names = dict.fromkeys(note for judged in standing for note in judged.trigger.notes)
    return " ".join(words()["note"][name] for name in names)


def _consider_line(site: SiteAssessment) -> str:
    if not site.orders:
        return ""
    text = f"**Consider:** {_listed(site.orders)}."
    return f"{text} Also possible: {_listed(site.secondary)}." if site.secondary else text


def _listed(keys: tuple[str, ...]) -> str:
    return ", ".join(order(key) for key in keys)


def _waiting_line(site: SiteAssessment) -> str:
    if not site.waiting:
        return ""
    return f"Pregnant: ultrasound or MRI without contrast first, with radiology; not proposed: {_listed(site.waiting)}."


def _against_line(standing: tuple[Judged, ...]) -> str:
    reasons = dict.fromkeys(name for judged in standing for name in judged.lowered_by if name != "in-situ")
    kept = dict.fromkeys(name for judged in standing for name in judged.trigger.explained_by if name not in reasons)
    stale = any(judged.stale for judged in standing)
    parts = []
    if reasons:
        parts.append(f"**Other explanation:** {', '.join(map(reason, reasons))} (one step less urgent).")
    if kept:
        parts.append(f"On record, not enough to lower the urgency: {', '.join(map(reason, kept))}.")
    if not reasons and not kept:
        parts.append("**Other explanation:** none on record.")
    if stale:
        parts.append("The newest record is more than 30 days old: not rated as an emergency.")
    return " ".join(parts)


def _done_line(site: SiteAssessment) -> str:
    if not site.done:
        return ""
    items = ", ".join(f"{order(done.key)} ({done.on.isoformat()})" for done in site.done)
    return f"**Already ordered or done:** {items}."


def _goals_line(assessment: Assessment) -> str:
    if not assessment.palliative:
        return ""
    return "Palliative care is on record: ask whether a work-up fits the goals of care."


def _not_checked_line(assessment: Assessment, seen: Seen) -> str:
    items = [f"{source(gap.source)} ({missing(gap.reason)})" for gap in seen.gaps if gap.source in _CONTEXT]
    unused = [item for site in assessment.sites for item in site.missing if not item.card]
    items += [f"{source(item.what)} ({missing(item.reason)})" for item in unused]
    if seen.partial:
        items.append("earlier observations were not read")
    return f"**Not checked:** {'; '.join(dict.fromkeys(items))}." if items else ""


def _guideline_line(site: SiteAssessment) -> str:
    folder = "regional" if site.site.value == "regional-node" else site.site.value
    return sheet(folder).guideline
