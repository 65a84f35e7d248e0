"""Cards as the snapshots and docs/cards.md hold them.

It must not leave out anything of a card that a clinician reads.
Its tests are those that use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.model import Card


def as_text(cards: Iterable[Card], heading: str = "##") -> str:
    """Cards as Markdown: level and summary, the detail, the orders with their urgency."""
    parts = []
    for card in cards:
        orders = "\n".join(f"* {order.text} ({order.priority})" for order in card.orders) or "* none"
        parts.append(f"{heading} {card.level.indicator}: {card.summary}\n\n{card.detail}\n\nOrders:\n\n{orders}\n")
    return "\n".join(parts)
