"""Lines about the work-up of a card.

Tests: tests/cards/test_orders.py.
"""

from collections.abc import Iterable

from cards.words import Words, capitalised, listed
from rules.assess import Assessment, SiteAssessment
from rules.gate.state import KNOWN_DISEASE
from rules.sites import Site


def consider_line(site: SiteAssessment, words: Words) -> str:
    """Return the work-up to consider, "" if all is done."""
    return f"{words.label('consider')} {capitalised(_named(site.orders, words))}." if site.orders else ""


def also_line(assessment: Assessment, site: SiteAssessment, words: Words) -> str:
    """Return the work-up that may follow.

    For the breast this is the biopsy of a recurrence.
    """
    if not site.orders:
        return ""
    name = site.site.value
    names = listed(words.also(name, key) for key in site.secondary)
    text = f"{words.tables['label']['also']}: {names}." if names else ""
    first = site.site is Site.LOCAL and assessment.state not in KNOWN_DISEASE
    return f"{text} {words.sentence('first_recurrence')}".strip() if first else text


def waiting_line(site: SiteAssessment, words: Words) -> str:
    """Return the work-up to postpone in pregnancy."""
    return words.sentence("pregnant", orders=_named(site.waiting, words)) if site.waiting else ""


def done_line(site: SiteAssessment, words: Words) -> str:
    """Return the work-up already ordered or done, with its day."""
    names = {**words.tables["order"], **words.tables["done"]}
    items = listed(f"{names[done.key]} ({done.on.isoformat()})" for done in site.done)
    return f"{words.label('done')} {capitalised(items)}." if items else ""


def _named(keys: Iterable[str], words: Words) -> str:
    return listed(words.tables["order"][key] for key in keys)
