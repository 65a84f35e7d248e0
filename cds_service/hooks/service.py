"""HookService: one entry of discovery and the function that answers its calls.

Tests: tests/api/test_discovery.py, tests/hooks/test_pipeline.py.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from cds_service.hooks.context import HookContext
from cds_service.strict_json import Body


@dataclass(frozen=True, slots=True)
class HookService:
    """One CDS service as discovery lists it."""

    id: str
    hook: str
    title: str
    description: str
    usage_requirements: str
    prefetch: Mapping[str, str]
    call: Callable[[Body, HookContext], Awaitable[bytes]]
    """Request body to response body, both JSON; raises errors.CdsError."""
