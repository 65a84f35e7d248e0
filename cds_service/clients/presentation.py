"""Presentation options of a client, such as form and order codes.

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
    """Options for all answers to one client."""

    form: Form = PER_SITE
    selection: Selection = Selection.ANY
    orders: Mapping[str, tuple[LocalCode, ...]] = field(default_factory=dict)
    """The site's own codes, by work-up key."""
    site_codes_only: bool = False
    smart_link: bool = False
    """True if a card links to the evidence view."""

    def codings(self, order: Order) -> tuple[Written, ...]:
        """Return the codings of an order.

        The site's valid ones come first, then ours unless only the site's are wanted.
        """
        local = tuple((c.system, c.code, c.display) for c in self.orders.get(order.key, ()) if c.is_fhir)
        if local and self.site_codes_only:
            return local
        return tuple(dict.fromkeys((*local, *own_codings(order)))) if local else own_codings(order)


ANONYMOUS_PRESENTATION = Presentation()
"""Presentation of anonymous callers."""


def presentation_for(profile: Profile, client: Client | None, language: Language) -> Presentation:
    """Return the presentation of a client in a language.

    None is an anonymous caller.
    """
    form = replace(profile.form, language=language)
    link = client is not None and client.smart is not None and client.smart.link
    orders = client.orders if client else {}
    return Presentation(form, profile.selection, orders, profile.site_codes_only, smart_link=link)
