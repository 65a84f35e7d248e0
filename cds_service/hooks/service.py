"""HookService, one entry of discovery with its function.

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
    """From request body to response body, both JSON.

    Raises errors.CdsError.
    """
