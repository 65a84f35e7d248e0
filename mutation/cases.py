"""Whether the cases still come out as they state: what a change of the knowledge is held against.

It must not hold an expectation: those stand in rules/*/cases.yaml.
Its tests are in tests/rules/test_cases.py and tests/rules/test_mutation.py.
"""

from collections.abc import Iterable

from cards.context import Seen
from cards.recurrence import cards
from rules.assess import Assessment, assess
from rules.facts import Facts
from rules.outcome import CannotTell
from tests.evaluating import levels, orders
from tests.vignettes import Vignette


def stated(case: Vignette) -> list[object]:
    """What a case says has to come out: state, levels, orders; where it says so silence, doubt, words and concepts."""
    especially = [set(case.cannot_tell), set(case.says), set(case.reads)]
    return [case.state, dict(case.sites), sorted(case.workup), dict(case.outcome), *especially]


def came_out(case: Vignette, facts: Facts) -> list[object]:
    """What came out, as far as the case speaks of it."""
    found = assess(facts, case.as_of)
    silent = {site.site.value: site.outcome.value for site in found.sites if site.site.value in case.outcome}
    unsure = {r.rule for site in found.sites for r in site.results if isinstance(r.outcome, CannotTell)}
    said = _said(found, case.says) if case.says else set()
    read = {concept for record in facts.records for concept in record.concepts}
    especially = [unsure & set(case.cannot_tell), said, read & set(case.reads)]
    return [found.state.value, levels(found), orders(found), silent, *especially]


def _said(found: Assessment, wanted: Iterable[str]) -> set[str]:
    """Which of the words stand in a summary or detail of the cards."""
    texts = [text for card in cards(found, Seen()) for text in (card.summary, card.detail)]
    return {words for words in wanted if any(words in text for text in texts)}


def fails(case: Vignette, facts: Facts) -> bool:
    """Whether a case no longer comes out as it states; one that can't be judged at all fails too."""
    try:
        return came_out(case, facts) != stated(case)
    except Exception:  # noqa: BLE001 - whatever a changed knowledge breaks, it was noticed
        return True
