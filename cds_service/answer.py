"""Cards and assessment as the JSON of a CDS Hooks response, the trace included.

Must not hold null or empty elements: the standard forbids them.
Tests: tests/service/test_answer.py, tests/service/test_terms.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha1
from typing import Any
from uuid import UUID

from cards.incomplete import unknown_chart_card
from cards.model import Card, Order
from cards.withheld import NOTHING, Withheld
from cards.words import Language, words_in
from cds_service.fhir.write import service_request
from cds_service.ledger.overrides import OVERRIDE_SYSTEM
from cds_service.profiles.profile import Selection
from cds_service.terms import ANYBODY, Terms
from cds_service.trace import EXTENSION, card_trace, trace, unknown_trace
from rules.assess import Assessment
from rules.outcome import Missing

__all__ = [
    "EXTENSION",
    "NAMESPACE",
    "OVERRIDE_SYSTEM",
    "Caller",
    "answer",
    "card_uuid",
    "override_reasons",
    "unknown_answer",
]
LAUNCH = "/smart/launch"
"""Where an EHR opens the evidence view."""
TOPIC_SYSTEM = "urn:recurrence-cds:topic"
NAMESPACE = UUID("7a3bde0c-54a6-5b0f-9a4e-3f6cf5c1a7d1")
"""Namespace of card and suggestion uuids."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What an answer owes to the call: who asks, which instance of the hook, about whom, our public base, the terms."""

    client: str
    hook_instance: str
    patient_id: str
    public_url: str | None = None
    terms: Terms = ANYBODY


@cache
def override_reasons(language: Language) -> tuple[dict[str, str], ...]:
    """Return the reasons that a clinician may give for not following a card."""
    table = words_in(language).tables["override"]
    return tuple({"system": OVERRIDE_SYSTEM, "code": code, "display": display} for code, display in table.items())


def answer(
    cards: Iterable[Card],
    assessment: Assessment,
    caller: Caller,
    flagged: frozenset[str] = frozenset(),
    withheld: Withheld = NOTHING,
) -> dict[str, Any]:
    """Return the response: cards, and the trace of the whole assessment."""
    return {
        "cards": [_card(card, assessment, caller) for card in cards],
        "extension": {EXTENSION: trace(assessment, flagged, withheld)},
    }


def unknown_answer(
    missing: tuple[Missing, ...], as_of: date, caller: Caller, withheld: Withheld = NOTHING
) -> dict[str, Any]:
    """Return the response for a chart without its patient or conditions: one card, and a trace that tells nothing."""
    card = unknown_chart_card(missing, caller.terms.form)
    return {
        "cards": [] if card.topic in withheld.topics else [_card(card, None, caller)],
        "extension": {EXTENSION: unknown_trace(missing, as_of, withheld)},
    }


def _card(card: Card, assessment: Assessment | None, caller: Caller) -> dict[str, Any]:
    words = words_in(caller.terms.form.language)
    source: dict[str, Any] = {"label": words.tables["service"]["label"]}
    if caller.public_url is not None:
        source["url"] = f"{caller.public_url}/about"
    source["topic"] = {"system": TOPIC_SYSTEM, "code": card.topic, "display": words.tables["topic"][card.topic]}
    out: dict[str, Any] = {
        "uuid": card_uuid(caller, card.topic),
        "summary": card.summary,
        "indicator": card.level.indicator,
        "detail": card.detail,
        "source": source,
    }
    if card.orders:
        out |= _choice(card, caller)
    if caller.public_url is not None and caller.terms.smart_link:
        out["links"] = [
            {"label": words.tables["service"]["evidence"], "url": f"{caller.public_url}{LAUNCH}", "type": "smart"}
        ]
    out["overrideReasons"] = override_reasons(words.language)
    out["extension"] = {EXTENSION: card_trace(card, assessment)}
    return out


def _choice(card: Card, caller: Caller) -> dict[str, Any]:
    """Return the suggestions of a card and how they may be chosen from; of at most one only one is recommended."""
    selection = caller.terms.selection
    suggestions = [_suggestion(order, card, caller) for order in card.orders]
    if selection is Selection.AT_MOST_ONE:
        for other in suggestions[1:]:
            del other["isRecommended"]
    behavior = {} if selection is Selection.NONE else {"selectionBehavior": selection.value}
    return {"suggestions": suggestions, **behavior}


def _suggestion(order: Order, card: Card, caller: Caller) -> dict[str, Any]:
    action = {
        "type": "create",
        "description": order.text,
        "resource": service_request(order, caller.patient_id, caller.terms.codings(order)),
    }
    return {
        "label": order.text,
        "uuid": _uuid(caller, f"{card.topic}/{order.key}"),
        "isRecommended": True,
        "actions": [action],
    }


def card_uuid(caller: Caller, topic: str) -> str:
    """Return the uuid of the card on a topic."""
    return _uuid(caller, topic)


def _uuid(caller: Caller, name: str) -> str:
    """Return the uuid5 of a name, as RFC 9562 makes it; the library's objects cost more than all the rest of a card."""
    text = f"{caller.client}|{caller.hook_instance.lower()}|{name}"
    digest = sha1(NAMESPACE.bytes + text.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
