"""What a client wants of an answer: the form of its cards, how they may be chosen from, its own codes of orders.

Must not hold anything of one call.
Tests: tests/clients/test_presentation.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cards.model import PER_SITE, Form, Order
from cards.words import Language
from cds_service.clients.client import Client, LocalCode
from cds_service.fhir.writing.service_request import Written, own_codings
from cds_service.profiles.profile import Profile, Selection


@dataclass(frozen=True, slots=True)
class Presentation:
    """What holds for all answers to one client."""

    form: Form = PER_SITE
    selection: Selection = Selection.ANY
    orders: Mapping[str, tuple[LocalCode, ...]] = field(default_factory=dict)
    """The site's own codes, by work-up key."""
    site_codes_only: bool = False
    smart_link: bool = False
    """Whether a card links to the evidence view as a SMART app."""

    def codings(self, order: Order) -> tuple[Written, ...]:
        """Return the codings of an order: those of the site that FHIR can hold first, then ours; or the first alone."""
        local = tuple((c.system, c.code, c.display) for c in self.orders.get(order.key, ()) if c.is_fhir)
        if local and self.site_codes_only:
            return local
        return tuple(dict.fromkeys((*local, *own_codings(order)))) if local else own_codings(order)


ANONYMOUS_PRESENTATION = Presentation()
"""The terms of callers that nobody registered."""


def presentation_for(profile: Profile, client: Client | None, language: Language) -> Presentation:
    """Return the terms of a client, or of a caller that nobody registered, whose cards are in a language."""
    form = replace(profile.form, language=language)
    link = client is not None and client.smart is not None and client.smart.link
    orders = client.orders if client else {}
    return Presentation(form, profile.selection, orders, profile.site_codes_only, smart_link=link)
