"""Card records of an answer for the audit log, shown or withheld.

Tests: tests/api/test_audited_endpoint.py, tests/evaluation/test_suppression_from_store.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cards.fingerprint import Concern
from cards.incomplete import TOPIC
from cards.model import Card, RuleVersion
from cards.recurrence import fired, topic
from cards.withheld import Withheld
from cds_service.audit.call_record import QUIET, SHADOW, RaisedCard
from cds_service.audit.decision import Suggestion
from cds_service.evaluation.evaluate import ChartAssessment
from cds_service.evaluation.response import ResponseContext, card_uuid
from rules.outcome import Level


@dataclass(frozen=True, slots=True)
class ShownCards:
    """The cards of an answer, each with its JSON."""

    cards: tuple[Card, ...]
    answered: Iterable[Mapping[str, Any]]


def records_for_chart(
    appraisal: ChartAssessment, given: ShownCards, withheld: Withheld, caller: ResponseContext
) -> Iterator[RaisedCard]:
    """Yield a record for each shown card, then for each withheld one.

    A merged card carries the concerns of every site.
    """
    held = tuple(concern for concern in appraisal.concerns if concern.topic not in withheld.topics)
    for card, out in zip(given.cards, given.answered, strict=True):
        own = held if len(given.cards) == 1 else tuple(each for each in held if each.topic == card.topic)
        uuids = (suggestion["uuid"] for suggestion in out.get("suggestions", ()))
        suggestions = tuple(Suggestion(uuid, order.key) for uuid, order in zip(uuids, card.orders, strict=True))
        yield RaisedCard(out["uuid"], card.topic, card.level, card.rules, own, suggestions)
    if withheld.topics:
        rules = {topic(site): fired(site) for site in appraisal.assessment.sites}
        for concern in appraisal.recorded:
            if concern.topic in withheld.topics:
                yield _held_back(concern, withheld, rules.get(concern.topic, ()), caller)


def records_for_unassessable(
    concerns: Iterable[Concern], withheld: Withheld, caller: ResponseContext
) -> Iterator[RaisedCard]:
    """Yield the record of the unassessable chart's card."""
    for concern in concerns:
        if TOPIC in withheld.topics:
            yield _held_back(concern, withheld, (), caller)
        else:
            yield RaisedCard(card_uuid(caller, TOPIC), TOPIC, Level.INFO, (), (concern,))


def _held_back(
    concern: Concern, withheld: Withheld, rules: tuple[RuleVersion, ...], caller: ResponseContext
) -> RaisedCard:
    state = SHADOW if concern.topic in withheld.shadow else QUIET
    return RaisedCard(card_uuid(caller, concern.topic), concern.topic, concern.level, rules, (concern,), state=state)
