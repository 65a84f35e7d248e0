"""Access of one call to a FHIR server, with options and failures.

Tests: tests/security/test_egress.py, tests/security/test_bulkhead.py.
"""

from dataclasses import dataclass, field, replace
from math import inf
from typing import Literal, Self

from cds_service.security.urls import BaseUrl, parse_base, parse_link

Search = Literal["get", "post", "auto"]
"""Method of FHIR searches.

By URL, by form, or by form if the server takes forms.
"""
LATE = "late"
BUSY = "busy"
CIRCUIT_OPEN = "circuit-open"
TOLD_TO_WAIT = 429


@dataclass(frozen=True, slots=True)
class BreakerOptions:
    """Failures that open the circuit, and its pause."""

    failures: int
    pause_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressOptions:
    """Options of the FHIR client."""

    servers: tuple[BaseUrl, ...]
    """Allowed bases."""
    internal: bool = False
    """True if these servers may have private addresses."""
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
    """Failure of a request.

    `reason` is a stable code, `status` the server's status if it answered.
    """

    reason: str
    status: int | None = field(default=None, compare=False)


Answer = bytes | FetchFailure


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The caller's FHIR token, kept for one call and never shown."""

    value: str = field(repr=False)


@dataclass(slots=True)
class CallBudget:
    """Common state of the requests of one call."""

    client: str | None = None
    """Registry id of the calling client."""
    deadline: float = inf
    """When everything must be in, on the monotonic clock."""
    told_to_wait: bool = False
    """True after a 429.

    The server is not asked again for this call, whatever Retry-After says.
    """


@dataclass(slots=True)
class Progress:
    """How far the requests for one source have come."""

    begun: bool = False
    """True after the first request."""
    reason: str = LATE
    """Reason of a missing answer if time ended now."""


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """An allowed FHIR server with its token.

    Made by `FhirClient.access` only.
    """

    base: str
    token: AccessToken | None = None
    call: CallBudget = field(default_factory=CallBudget, compare=False, repr=False)
    progress: Progress = field(default_factory=Progress, compare=False, repr=False)

    def contains(self, link: str) -> bool:
        """Return True for a link under this server's base."""
        base, target = parse_base(self.base), parse_link(link)
        return base is not None and target is not None and base.contains(target)

    def until(self, deadline: float) -> Self:
        """Return this access with a deadline."""
        return replace(self, call=CallBudget(self.call.client, deadline))

    def for_source(self) -> Self:
        """Return this access with a progress of its own."""
        return replace(self, progress=Progress())


@dataclass(frozen=True, slots=True)
class Allowed:
    """Allowed origins of a client's authorization server."""

    origins: tuple[BaseUrl, ...]
    internal: bool = False

    def contains(self, url: str) -> bool:
        """Return True for a URL under one of the origins."""
        target = parse_link(url)
        return target is not None and any(origin.contains(target) for origin in self.origins)
