"""Decision, the stored row of one call.

It must not hold a name, an id of a patient, text of a record, or a token.
Tests: tests/store/test_decision_rows.py, tests/api/test_audited_endpoint.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion's uuid in feedback and its work-up key."""

    uuid: str
    key: str


@dataclass(frozen=True, slots=True)
class ConcernRow:
    """A concern of a card at one site.

    An override answers each of them.
    """

    topic: str
    level: str
    evidence: tuple[str, ...]
    """Fingerprints under the current key."""


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card of a decision, shown or withheld."""

    card: str
    """Its uuid."""
    topic: str
    level: str
    rules: tuple[str, ...]
    """`id@version` of the rules behind it."""
    concerns: tuple[ConcernRow, ...]
    suggestions: tuple[Suggestion, ...] = ()
    state: str = "shown"
    """`shown`, `quiet` after an override, or `shadow`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of the table of decisions.

    Unknown fields of refused or failed calls are None.
    """

    id: str
    at: int
    """When the call began, in milliseconds since 1970."""
    hook: str
    status: int
    """HTTP status of the answer."""
    duration_ms: float
    client: str | None = None
    code: str | None = None
    """Code of the answered error."""
    reason: str | None = None
    """Reason of a refused call, hidden from the caller."""
    error_id: str | None = None
    user_hash: str | None = None
    patient_hash: str | None = None
    key_id: str | None = None
    """Id of the key of the hashes."""
    hook_instance: str | None = None
    as_of: str | None = None
    """Day of evaluation."""
    ruleset: str | None = None
    profile: str | None = None
    """Kind of EHR, with its form and queries."""
    language: str | None = None
    state: str | None = None
    """State of the cancer history."""
    sources: str | None = None
    """JSON of unread and partial sources with reasons."""
    outcomes: str | None = None
    """JSON of the outcomes of sites and rules."""
    quiet: str | None = None
    """JSON of the withheld cards."""
    request_digest: str | None = None
    """SHA-256 of the body."""
    answer_digest: str | None = None
    """SHA-256 of the answer's body."""
    cards: tuple[CardRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingGap:
    """Period without stored decisions, in epoch milliseconds, with their number."""

    id: str
    began: int
    ended: int
    decisions: int
