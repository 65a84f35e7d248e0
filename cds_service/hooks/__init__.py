"""HOOKS: the tuple that discovery and routing are made from.

Must not hold the logic of a hook: each has a module of its own.
Tests: tests/service/test_discovery.py.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from cds_service.hooks import patient_view
from cds_service.runtime import Runtime
from cds_service.strict_json import Body


@dataclass(frozen=True, slots=True)
class HookService:
    """One service of discovery: what it is called, what it wants to be sent, and what answers a call."""

    id: str
    hook: str
    title: str
    description: str
    usage_requirements: str
    prefetch: Mapping[str, str]
    call: Callable[[Body, Runtime], Awaitable[bytes]]
    """Request body to response body, both JSON; raises errors.CdsError."""


HOOKS = (
    HookService(
        id="breast-cancer-recurrence",
        hook=patient_view.HOOK,
        title="Breast cancer recurrence work-up",
        description=(
            "Suggests a work-up when symptoms after breast cancer may mean recurrence: breast and chest wall, "
            "lymph nodes, brain, bone, liver, lung. Drafted from public sources, not signed off by a clinician."
        ),
        usage_requirements=(
            "Needs Patient and Condition, by prefetch or from the FHIR server; says on a card what else it missed. "
            "No card does not mean that no call failed."
        ),
        prefetch=patient_view.PREFETCH,
        call=patient_view.call,
    ),
)


def warm_up() -> str:
    """Do once what the first call would otherwise wait for; return the version of the ruleset."""
    return patient_view.warm_up()
