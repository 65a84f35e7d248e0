"""Context of a past call, from its decision and the registry.

Present values must not replace recorded ones.
Tests: tests/replay/test_replay.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Raw

from cards.quiet import QuietCard
from cards.withheld import NOTHING, Withheld
from cards.words import Language
from cds_service.audit.call_record import SUCCESS
from cds_service.audit.decision import Decision
from cds_service.clients.client import PROFILES, Client
from cds_service.clients.display_policy import DisplayPolicy
from cds_service.clients.registry import RegistryDefaults, load_registry
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.fhir.chart.recorded_sources import RecordedSources
from cds_service.fhir.chart.sources import BY_KEY
from cds_service.hooks.context import ANONYMOUS, HookContext
from cds_service.profiles.profile import DEFAULT
from cds_service.security.egress import FhirClient
from cds_service.security.issuer import Issuer


class _Quiet(msgspec.Struct, frozen=True):
    quiet: tuple[tuple[str, date, str], ...] = ()
    shadow: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()


class _Sources(msgspec.Struct, frozen=True):
    unknown: tuple[tuple[str, str], ...] = ()


class CannotReplay(Exception):
    """A decision that cannot be replayed. The message says why."""


@dataclass(frozen=True, slots=True)
class RecordedContext:
    """Context of a replay with its missing parts."""

    context: HookContext
    day: date
    missing: tuple[str, ...] = ()
    """Sentences about possible causes of differences."""


def rebuild_context(decision: Decision, settings: Settings, answers: Mapping[str, Raw]) -> RecordedContext:
    """Return the context of a past call.

    Raises CannotReplay for an unknown form, or SettingsError. A call refused before its day was known gets its day of
    arrival.
    """
    day = (
        date.fromisoformat(decision.as_of) if decision.as_of else datetime.fromtimestamp(decision.at / 1000, UTC).date()
    )
    settings = settings.model_copy(update={"as_of": day})
    registered = load_registry(settings.clients, RegistryDefaults.of(settings)) if settings.clients else ()
    name = decision.client or ANONYMOUS
    own = next((client for client in registered if client.id == name), None)
    client = _as_then(own or _nobody(name, settings), decision)
    context = HookContext.for_anonymous(settings, FixedClock(day), FhirClient(settings.egress_options())).for_client(
        client
    )
    context = replace(context, recorded_sources=_past(decision, answers), decided=_withheld(decision.quiet))
    gone = f"The client {name} is registered no more: its order codes and FHIR servers are not known."
    missing = (gone,) if own is None and name != ANONYMOUS else ()
    return RecordedContext(context, day, (*missing, *_half_known(context)))


def _half_known(context: HookContext) -> Iterator[str]:
    """Yield sources with both failed and possibly answered searches."""
    past = context.recorded_sources or RecordedSources({})
    for key, queries in context.profile.queries.items():
        kind = BY_KEY[key].resource_type
        if len(queries) > 1 and kind in past.unknown and key not in past.answers:
            yield f"{kind} is asked in {len(queries)} searches, and not all of them need have failed: see --fetched."


def _as_then(client: Client, decision: Decision) -> Client:
    """Return a client with the decision's profile, language and shadow."""
    profile, language = decision.profile or DEFAULT, decision.language or client.language
    if profile not in PROFILES or language not in set(Language):
        raise CannotReplay(f"This version knows no profile {profile} or no cards in {language}.")
    return replace(
        client,
        profile=profile,
        language=Language(language),
        on_missing="card" if decision.status == SUCCESS else "412",
        display=DisplayPolicy(rules=_withheld(decision.quiet).rules),
    )


def _nobody(name: str, settings: Settings) -> Client:
    """Return a client with an id only."""
    return Client(
        issuer=Issuer(name, "", ""),
        keys=(),
        fhir_servers=settings.allowed_servers(),
        origins=(),
        zone=ZoneInfo("UTC"),
        on_missing=settings.on_missing,
        deadline_s=settings.hard_deadline_s,
        language=settings.language,
        profile=DEFAULT,
        internal=False,
        orders={},
        display=DisplayPolicy(),
    )


def _withheld(written: str | None) -> Withheld:
    kept = msgspec.json.decode(written or "{}", type=_Quiet)
    found = Withheld(tuple(QuietCard(*card) for card in kept.quiet), kept.shadow, kept.rules)
    return found if found != NOTHING else NOTHING


def _past(decision: Decision, answers: Mapping[str, Raw]) -> RecordedSources:
    reasons: dict[str, tuple[str, ...]] = {}
    for source, reason in msgspec.json.decode(decision.sources or "{}", type=_Sources).unknown:
        reasons[source] = (*reasons.get(source, ()), reason)
    return RecordedSources(reasons, answers)
