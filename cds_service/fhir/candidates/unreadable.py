"""Resources with a frame that cannot be read.

Tests: tests/fhir/test_candidates.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnreadableResource:
    """A relevant resource with an unreadable frame.

    Its concepts are unknown.
    """

    type: str
    id: str | None
    reason: str


NOTHING = UnreadableResource("unknown", None, "not-fhir")
"""Stand-in for a missing resource."""
