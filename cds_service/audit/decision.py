"""One call as it is remembered: who asked about whom, by which rules, with what outcome, and what was shown.

It must not hold a name, an id of a patient, text of a record, or a token.
Tests: tests/store/test_decision_rows.py, tests/api/test_audited_endpoint.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion of a card: the uuid that feedback names, and the key of the work-up."""

    uuid: str
    key: str


@dataclass(frozen=True, slots=True)
class ConcernRow:
    """What a card raises at one site: an override of the card answers each of these."""

    topic: str
    level: str
    evidence: tuple[str, ...]
    """Fingerprints under the current key."""


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card that a call led to, shown or not."""

    card: str
    """Its uuid."""
    topic: str
    level: str
    rules: tuple[str, ...]
    """`id@version` of the rules behind it."""
    concerns: tuple[ConcernRow, ...]
    suggestions: tuple[Suggestion, ...] = ()
    state: str = "shown"
    """`shown`, `quiet` (held back after an override) or `shadow` (of a rule that is tried out)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of the table of decisions; what is not known of a call that was refused or failed is None."""

    id: str
    at: int
    """When the call began, in milliseconds since 1970."""
    hook: str
    status: int
    """HTTP status of the answer."""
    duration_ms: float
    client: str | None = None
    code: str | None = None
    """Code of the error that was answered."""
    reason: str | None = None
    """Why a call was not let in; the caller was not told."""
    error_id: str | None = None
    user_hash: str | None = None
    patient_hash: str | None = None
    key_id: str | None = None
    """Which key the hashes were made with."""
    hook_instance: str | None = None
    as_of: str | None = None
    """The day that the rules saw."""
    ruleset: str | None = None
    profile: str | None = None
    """Kind of EHR, which decides on form and queries."""
    language: str | None = None
    state: str | None = None
    """State of the cancer history."""
    sources: str | None = None
    """JSON: every source that was not known whole, with its reason."""
    outcomes: str | None = None
    """JSON: each site's outcome, and its rules with theirs."""
    quiet: str | None = None
    """JSON: what quiet was decided from."""
    request_digest: str | None = None
    """SHA-256 of the body."""
    answer_digest: str | None = None
    """SHA-256 of the answer's body."""
    cards: tuple[CardRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingGap:
    """A time in which decisions could not be kept, in milliseconds since 1970, and how many they were."""

    id: str
    began: int
    ended: int
    decisions: int
