"""Set-up page of each kind of EHR, made from its profile.

A statement about a vendor must carry its source's mark.
Tests: tests/docs/test_integration.py.
"""

from dataclasses import dataclass

from cards.quiet_policy import default_policy
from cards.recurrence import order_codings
from cards.words import Language, english
from cds_service.evaluation.response import OVERRIDE_SYSTEM, override_reasons
from cds_service.fhir.chart.sources import SOURCES, Need, Query, Source
from cds_service.hooks import HOOKS
from cds_service.profiles.profile import DEFAULT, Profile, profile_of
from cds_service.publication.pages import template
from rules.sites import Site, topic_of

UNKNOWN = {
    Need.REQUIRED: "no answer but 412, or a card that says so (`on_missing`)",
    Need.EVIDENCE: "the cards that fire, and what was not checked",
    Need.CONTEXT: "the cards, with a line that says it",
    Need.OPTIONAL: "the trace alone says it",
}
ENDPOINTS = ("GET", "/cds-services"), ("POST", "/cds-services/{id}"), ("POST", "/cds-services/{id}/feedback")


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of the table of prefetch keys."""

    key: str
    query: str
    resource_type: str
    unknown: str


def integration_md(name: str) -> str:
    """Return the document for the analysts of one kind of EHR."""
    profile, words = profile_of(name), english()
    return template("integrate.md").render(
        name=name,
        is_default=name == DEFAULT,
        profile=profile,
        file=profile.file,
        registration=profile.file.registration,
        asked=asked(profile),
        types=tuple(dict.fromkeys(source.resource_type for source in SOURCES)),
        endpoints=tuple((method, path.format(id=HOOKS[0].id)) for method, path in ENDPOINTS),
        override_system=OVERRIDE_SYSTEM,
        override_reasons=override_reasons(Language.ENGLISH),
        terms=tuple(default_policy().terms.items()),
        topics=(*(topic_of(Site(site)) for site in words.tables["site"]), "incomplete"),
        orders=tuple((key, words.order(key), our_codes(key)) for key in words.tables["order"]),
    )


def asked(profile: Profile) -> tuple[Asked, ...]:
    """Return every query of a profile by source."""
    return tuple(_asked(source, query) for source in SOURCES for query in profile.queries.get(source.key, (source,)))


def _asked(source: Source, query: Query) -> Asked:
    return Asked(query.key, query.template, source.resource_type, UNKNOWN[source.need])


def our_codes(key: str) -> str:
    """Return our own codes of a work-up key."""
    return ", ".join(f"{coding.code.system.name} {coding.code.value}" for coding in order_codings(key))
