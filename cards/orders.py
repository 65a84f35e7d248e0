"""The lines about the work-up: what to consider, what may follow, what waits, what is already ordered or done.

Must not choose an order: rules do; here it is only said.
Tests: tests/cards/test_orders.py.
"""

from collections.abc import Iterable

from cards.words import also, order, sentence
from rules.assess import Assessment, SiteAssessment
from rules.gate.state import KNOWN_DISEASE
from rules.outcome import Site


def consider_line(site: SiteAssessment) -> str:
    """Return the work-up to consider; nothing when none is left."""
    return f"**Consider:** {listed(map(order, site.orders))}." if site.orders else ""


def also_line(assessment: Assessment, site: SiteAssessment) -> str:
    """Return what may follow; for the breast that a recurrence is biopsied."""
    if not site.orders:
        return ""
    names = [also(site.site.value, key) for key in site.secondary]
    text = f"If needed: {listed(names, first=False)}." if names else ""
    first = site.site is Site.LOCAL and assessment.state not in KNOWN_DISEASE
    return f"{text} {sentence('first_recurrence')}".strip() if first else text


def waiting_line(site: SiteAssessment) -> str:
    """Return what is named, not proposed, in pregnancy."""
    if not site.waiting:
        return ""
    return sentence("pregnant", orders=listed(map(order, site.waiting), first=False))


def done_line(site: SiteAssessment) -> str:
    """Return what is already ordered or done, with its day."""
    if not site.done:
        return ""
    items = (f"{order(done.key)} ({done.on.isoformat()})" for done in site.done)
    return f"**Already ordered or done:** {listed(items)}."


def listed(names: Iterable[str], *, first: bool = True) -> str:
    """Return names in one line, as a sentence writes them; `first` keeps the capital of the first."""
    found = tuple(names)
    kept = found[:1] if first else ()
    return "; ".join((*kept, *map(_lower, found[len(kept) :])))


def _lower(name: str) -> str:
    """Return a name as it stands inside a sentence: an abbreviation keeps its capitals."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
