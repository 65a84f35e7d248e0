"""Leave to ask a FHIR server for one call, what the requests of that call share, and why an answer can't be used.

It must not open a connection, nor show a token.
Tests: tests/security/test_egress.py, tests/security/test_bulkhead.py.
"""

from dataclasses import dataclass, field, replace
from math import inf
from typing import Literal, Self

from cds_service.security.urls import BaseUrl, parse_base, parse_link

Search = Literal["get", "post", "auto"]
"""How FHIR servers are searched: by URL, by form, or by form where the server takes forms."""
LATE = "late"
BUSY = "busy"
CIRCUIT_OPEN = "circuit-open"
TOLD_TO_WAIT = 429


@dataclass(frozen=True, slots=True)
class BreakerOptions:
    """After how many failures in a row it opens, and how long nobody asks then."""

    failures: int
    pause_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressOptions:
    """Options of the FHIR client."""

    servers: tuple[BaseUrl, ...]
    """Bases that may be asked."""
    internal: bool = False
    """Whether these servers may have private addresses."""
    search: Search = "get"
    timeout_s: float
    """Longest wait for one page, in seconds."""
    max_bytes: int
    """Longest answer to one query, in bytes."""
    max_pages: int
    in_flight: int
    """Most requests to one server at a time."""
    breaker: BreakerOptions


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Why an answer can't be used; `reason` is a stable code, `status` what the server answered, if it did."""

    reason: str
    status: int | None = field(default=None, compare=False)


Answer = bytes | FetchFailure


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The caller's token for its FHIR server: kept for one call, never shown."""

    value: str = field(repr=False)


@dataclass(slots=True)
class CallBudget:
    """What all requests of one call share."""

    client: str | None = None
    """Our id of the client that calls."""
    deadline: float = inf
    """When everything must be in, on the monotonic clock."""
    told_to_wait: bool = False
    """Whether the server answered 429: then it is not asked again for this call, whatever Retry-After says."""


@dataclass(slots=True)
class Progress:
    """How far the requests for one source have come."""

    begun: bool = False
    """Whether anything was asked."""
    reason: str = LATE
    """Why there would be no answer if time ended now."""


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """A FHIR server that may be asked, with the token to ask it. Made by `FhirClient.access` only."""

    base: str
    token: AccessToken | None = None
    call: CallBudget = field(default_factory=CallBudget, compare=False, repr=False)
    progress: Progress = field(default_factory=Progress, compare=False, repr=False)

    def contains(self, link: str) -> bool:
        """Return whether a link lies under this server's base."""
        base, target = parse_base(self.base), parse_link(link)
        return base is not None and target is not None and base.contains(target)

    def until(self, deadline: float) -> Self:
        """Return the same leave for a call that must be answered by then."""
        return replace(self, call=CallBudget(self.call.client, deadline))

    def for_source(self) -> Self:
        """Return the same leave with a progress of its own."""
        return replace(self, progress=Progress())


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where the authorization server of one client may stand."""

    origins: tuple[BaseUrl, ...]
    internal: bool = False

    def contains(self, url: str) -> bool:
        """Return whether a URL lies under one of the origins."""
        target = parse_link(url)
        return target is not None and any(origin.contains(target) for origin in self.origins)
