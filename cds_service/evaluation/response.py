"""The CDS Hooks response with cards and trace.

Empty and null elements are forbidden by the standard.
Tests: tests/evaluation/test_response.py, tests/clients/test_presentation.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from cards.incomplete import unknown_chart_card
from cards.model import Card, Order
from cards.withheld import NOTHING, Withheld
from cards.words import Language, words_in
from cds_service.audit.overrides import OVERRIDE_SYSTEM
from cds_service.clients.presentation import ANONYMOUS_PRESENTATION, Presentation
from cds_service.evaluation.trace import EXTENSION, card_trace, trace, unknown_trace
from cds_service.fhir.writing.service_request import service_request
from cds_service.profiles.profile import Selection
from rules.assess import Assessment
from rules.outcome import Missing

__all__ = [
    "EXTENSION",
    "NAMESPACE",
    "OVERRIDE_SYSTEM",
    "ResponseContext",
    "build_response",
    "build_unassessable_response",
    "card_uuid",
    "override_reasons",
]
LAUNCH = "/smart/launch"
"""Launch path of the evidence view."""
TOPIC_SYSTEM = "urn:recurrence-cds:topic"
NAMESPACE = UUID("7a3bde0c-54a6-5b0f-9a4e-3f6cf5c1a7d1")
"""Namespace of card and suggestion uuids."""


@dataclass(frozen=True, slots=True)
class ResponseContext:
    """Parts of a call that appear in its response."""

    client: str
    hook_instance: str
    patient_id: str
    public_url: str | None = None
    presentation: Presentation = ANONYMOUS_PRESENTATION


@cache
def override_reasons(language: Language) -> tuple[dict[str, str], ...]:
    """Return the override reasons of a card."""
    table = words_in(language).tables["override"]
    return tuple({"system": OVERRIDE_SYSTEM, "code": code, "display": display} for code, display in table.items())


def build_response(
    cards: Iterable[Card],
    assessment: Assessment,
    context: ResponseContext,
    flagged: frozenset[str] = frozenset(),
    withheld: Withheld = NOTHING,
) -> dict[str, Any]:
    """Return the response with cards and trace."""
    return {
        "cards": [_card(card, assessment, context) for card in cards],
        "extension": {EXTENSION: trace(assessment, flagged, withheld)},
    }


def build_unassessable_response(
    missing: tuple[Missing, ...], as_of: date, context: ResponseContext, withheld: Withheld = NOTHING
) -> dict[str, Any]:
    """Return the response for an unassessable chart.

    It has one card and a trace without outcomes.
    """
    card = unknown_chart_card(missing, context.presentation.form)
    return {
        "cards": [] if card.topic in withheld.topics else [_card(card, None, context)],
        "extension": {EXTENSION: unknown_trace(missing, as_of, withheld)},
    }


def _card(card: Card, assessment: Assessment | None, context: ResponseContext) -> dict[str, Any]:
    words = words_in(context.presentation.form.language)
    source: dict[str, Any] = {"label": words.tables["service"]["label"]}
    if context.public_url is not None:
        source["url"] = f"{context.public_url}/about"
    source["topic"] = {"system": TOPIC_SYSTEM, "code": card.topic, "display": words.tables["topic"][card.topic]}
    out: dict[str, Any] = {
        "uuid": card_uuid(context, card.topic),
        "summary": card.summary,
        "indicator": card.level.indicator,
        "detail": card.detail,
        "source": source,
    }
    if card.orders:
        out |= _choice(card, context)
    if context.public_url is not None and context.presentation.smart_link:
        out["links"] = [
            {"label": words.tables["service"]["evidence"], "url": f"{context.public_url}{LAUNCH}", "type": "smart"}
        ]
    out["overrideReasons"] = override_reasons(words.language)
    out["extension"] = {EXTENSION: card_trace(card, assessment)}
    return out


def _choice(card: Card, context: ResponseContext) -> dict[str, Any]:
    """Return the suggestions of a card with their selection.

    Of at most one, only the first is recommended.
    """
    selection = context.presentation.selection
    suggestions = [_suggestion(order, card, context) for order in card.orders]
    if selection is Selection.AT_MOST_ONE:
        for other in suggestions[1:]:
            del other["isRecommended"]
    behavior = {} if selection is Selection.NONE else {"selectionBehavior": selection.value}
    return {"suggestions": suggestions, **behavior}


def _suggestion(order: Order, card: Card, context: ResponseContext) -> dict[str, Any]:
    action = {
        "type": "create",
        "description": order.text,
        "resource": service_request(order, context.patient_id, context.presentation.codings(order)),
    }
    return {
        "label": order.text,
        "uuid": _uuid(context, f"{card.topic}/{order.key}"),
        "isRecommended": True,
        "actions": [action],
    }


def card_uuid(context: ResponseContext, topic: str) -> str:
    """Return the uuid of the card on a topic."""
    return _uuid(context, topic)


def _uuid(context: ResponseContext, name: str) -> str:
    """Return the name-based uuid of a card or suggestion."""
    return str(uuid5(NAMESPACE, f"{context.client}|{context.hook_instance.lower()}|{name}"))
