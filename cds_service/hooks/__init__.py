"""HOOKS, the source of discovery, routing and replay.

Tests: tests/api/test_discovery.py, tests/hooks/test_pipeline.py.
"""

from cds_service.hooks import patient_view, pipeline
from cds_service.hooks.service import HookService

__all__ = ["HOOKS", "HookService", "warm_up"]

HOOKS = (patient_view.SERVICE,)


def warm_up() -> str:
    """Load models and knowledge, and return the ruleset version."""
    return pipeline.warm_up()
