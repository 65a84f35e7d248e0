"""All cards of a patient in one, a section for each site.

It must not lose a site, an order or evidence. Whatever exceeds the limit is named.
Tests: tests/cards/test_merge.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cards.context import (
    Seen,
    against_line,
    guideline_line,
    history_line,
    is_weighed,
    marker_line,
    not_checked_line,
    note_line,
    why_line,
)
from cards.detail import HELPFUL, Line
from cards.evidence import SHOWN, evidence_lines
from cards.incomplete import TOPIC, missing_lines, unchecked
from cards.markdown import bullets, shortened
from cards.model import Card, Form, Order
from cards.orders import also_line, consider_line, done_line, waiting_line
from cards.summary import summary
from cards.words import Words, listed, words_in
from rules.assess import Assessment, SiteAssessment
from rules.outcome import Level, Missing

MOST = 5
"""How many reasons and references an order carries."""
UNSEEN = 3
"""Maximum number of lines about unread sources."""
KEPT = 10
"""Weight of lines that are never dropped."""


@dataclass(frozen=True, slots=True)
class Section:
    """Name, evidence and lines of one site."""

    name: str
    """As inside a sentence."""
    heading: str
    evidence: tuple[str, ...]
    lines: tuple[Line, ...]


def merged(cards: tuple[Card, ...], assessment: Assessment, seen: Seen, form: Form) -> Card:
    """Return one card for several.

    Topic and level are those of the most urgent; orders, rules and evidence are of all.
    """
    sites, words = assessment.cards, words_in(form.language)
    unseen = unchecked(assessment, seen) if cards[-1].topic == TOPIC else ()
    return replace(
        cards[0],
        summary=summary(assessment, sites[0], words, len(sites) - 1),
        detail=merged_detail(assessment, seen, unseen, form),
        orders=merged_orders(order for card in cards for order in card.orders),
        rules=tuple(dict.fromkeys(rule for card in cards for rule in card.rules)),
        evidence=tuple(sorted({reference for card in cards for reference in card.evidence})),
    )


def merged_orders(orders: Iterable[Order]) -> tuple[Order, ...]:
    """Return each order once, at its most urgent level.

    It carries all evidence that it answers.
    """
    found: dict[str, Order] = {}
    for order in orders:
        known = found.setdefault(order.key, order)
        found[order.key] = replace(
            known,
            reasons=tuple(dict.fromkeys((*known.reasons, *order.reasons)))[:MOST],
            evidence=tuple(dict.fromkeys((*known.evidence, *order.evidence)))[:MOST],
        )
    return tuple(found.values())


def merged_detail(assessment: Assessment, seen: Seen, unseen: tuple[Missing, ...], form: Form) -> str:
    """Return a section for each site and the common lines."""
    words = words_in(form.language)
    sections = tuple(
        _section(assessment, site, seen, words, is_first=number == 0) for number, site in enumerate(assessment.cards)
    )
    return fitted_sections(sections, _common(assessment, seen, unseen, words), form)


def _section(assessment: Assessment, site: SiteAssessment, seen: Seen, words: Words, *, is_first: bool) -> Section:
    name, standing = site.site.value, site.active_triggers
    lines = (
        Line(note_line(standing, words), 8),
        Line(why_line(assessment, site, words) if is_first else "", 3),
        Line(consider_line(site, words), 7),
        Line(waiting_line(site, words), 8),
        Line(also_line(assessment, site, words), 1),
        Line(against_line(assessment, site, seen, words), 6 if is_weighed(standing) else 2),
        Line(done_line(site, words), 6),
        Line(guideline_line(site, words), 2),
    )
    urgency = words.tables["urgency"][(site.level or Level.INFO).indicator]
    evidence = evidence_lines(standing, assessment.as_of, words)
    return Section(words.tables["heading"][name], f"**{words.heading(name)}** ({urgency})", evidence, lines)


def _common(assessment: Assessment, seen: Seen, unseen: tuple[Missing, ...], words: Words) -> tuple[Line, ...]:
    """Return the lines common to all sites, unread sources first."""
    missing = listed(shortened(missing_lines(unseen, words), UNSEEN, words.tables["sentence"]["counted"]))
    return (
        Line(history_line(assessment, words), 7),
        Line(marker_line(assessment, words), 2),
        Line(not_checked_line(assessment, seen, words), 5),
        Line(f"{words.label('unchecked')} {missing}." if missing else "", 9),
        Line(words.sentence("closing", day=assessment.as_of.isoformat()), KEPT),
    )


def fitted_sections(sections: tuple[Section, ...], common: tuple[Line, ...], form: Form) -> str:
    """Return sections and lines within the limit.

    Helpful lines go first, then evidence, then lines by weight. Of equal lines those of the least urgent site go first.
    At last the least urgent sites are only named.
    """
    left = [[line for line in lines if line.text] for lines in (*(s.lines for s in sections), common)]
    shown, told, words = SHOWN, len(sections), words_in(form.language)
    while len(text := _joined(sections, told, shown, left, words)) > form.detail_length:
        weight, place = _least(left[:told], left[-1])
        if weight > HELPFUL and shown > 1:
            shown -= 1
        elif weight < KEPT:
            del left[place][next(i for i, line in enumerate(left[place]) if line.weight == weight)]
        else:
            told -= 1
    return text


def _least(told: list[list[Line]], common: list[Line]) -> tuple[int, int]:
    """Return the least weight and its last section.

    -1 means the common lines.
    """
    places = [*((line.weight, -place) for place, lines in enumerate(told) for line in lines)]
    weight, place = min((*places, *((line.weight, 1) for line in common)))
    return weight, -place


def _joined(sections: tuple[Section, ...], told: int, shown: int, left: list[list[Line]], words: Words) -> str:
    parts: list[str] = []
    for section, lines in zip(sections[:told], left, strict=False):
        found = bullets(shortened(section.evidence, shown, words.tables["sentence"]["counted"]))
        parts += [section.heading, found, *(line.text for line in lines)]
    if told < len(sections):
        parts.append(words.sentence("more_sites", names=listed(section.name for section in sections[told:])))
    return "\n\n".join((*parts, *(line.text for line in left[-1])))
