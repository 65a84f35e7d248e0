"""Call record, the audit data of one call until its decision is stored.

It must not outlive the call or do work before the answer.
Tests: tests/api/test_audited_endpoint.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

import msgspec

from cards.fingerprint import Concern
from cards.model import RuleVersion
from cards.quiet import Override
from cards.withheld import NOTHING, Withheld
from cds_service.audit.decision import CardRow, ConcernRow, Decision, Suggestion
from cds_service.audit.feedback_item import to_epoch_ms
from cds_service.audit.overrides import Overrides
from cds_service.audit.pseudonyms import Hashes, Pseudonyms
from cds_service.errors import StoreUnavailable
from cds_service.ids import random_id
from cds_service.log import noted
from cds_service.strict_json import Body
from rules.assess import Assessment
from rules.facts import Gap
from rules.outcome import Level, outcome_name

SHOWN, QUIET, SHADOW = "shown", "quiet", "shadow"
"""States of a card.

`shown`, `quiet` after an override, or `shadow`.
"""
SUCCESS = 200
"""Status of an answer with shown cards."""


@dataclass(frozen=True, slots=True)
class CallSubject:
    """Client, patient, user and options of a call."""

    client: str
    patient_id: str = field(repr=False)
    user_id: str | None = field(repr=False)
    hook_instance: str
    as_of: date
    profile: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class CallResult:
    """How the call was answered."""

    status: int
    body: bytes
    duration_ms: float


@dataclass(frozen=True, slots=True)
class RaisedCard:
    """A card of a call, shown or withheld."""

    card: str
    """Its uuid, also if withheld."""
    topic: str
    level: Level
    rules: tuple[RuleVersion, ...]
    concerns: tuple[Concern, ...] = field(repr=False)
    suggestions: tuple[Suggestion, ...] = ()
    state: str = SHOWN


@dataclass(slots=True)
class CallRecord:
    """One call, as far as it has come."""

    at: datetime
    pseudonyms: Pseudonyms
    earlier: Overrides
    overrides_required: bool
    """True if a call without known overrides is refused."""
    body: Body = field(default=b"", repr=False)
    subject: CallSubject | None = None
    sources: Mapping[str, object] | None = None
    knows_overrides: bool = True
    """False after the store failed to return the overrides."""
    withheld: Withheld = NOTHING
    assessment: Assessment | None = None
    raised: tuple[RaisedCard, ...] = ()
    _hashes: Hashes | None = field(default=None, init=False, repr=False)

    async def overrides(self, _client: str, _patient_id: str) -> tuple[Override, ...]:
        """Return the overrides of the patient's cards.

        A late store returns none, or raises StoreUnavailable if they are required. The record's own subject counts.
        """
        if self.subject is None:
            return ()
        try:
            return await self.earlier.overrides(self.subject.client, self._patient(self.subject))
        except StoreUnavailable:
            if self.overrides_required:
                raise
            self.knows_overrides = False
            return ()

    def read(self, fetched: int, gaps: Iterable[Gap], partial: Iterable[Gap]) -> None:
        """Note how complete the chart is."""
        self.sources = {
            "fetched": fetched,
            "unknown": [[gap.source, gap.reason] for gap in gaps],
            "partial": [[gap.source, gap.reason] for gap in partial],
        }

    def decision(self, hook: str, sent: CallResult) -> Decision:
        """Return the decision of this call, after the answer."""
        subject, notes, assessment = self.subject, noted(), self.assessment
        user = self.pseudonyms.user(subject.client, subject.user_id)[0] if subject and subject.user_id else None
        return Decision(
            id=random_id(),
            at=to_epoch_ms(self.at),
            hook=hook,
            status=sent.status,
            duration_ms=sent.duration_ms,
            client=subject.client if subject else notes.get("client"),
            code=notes.get("code"),
            reason=notes.get("reason"),
            error_id=notes.get("error_id"),
            user_hash=user,
            patient_hash=self._patient(subject)[0] if subject else None,
            key_id=self.pseudonyms.key_id if subject else None,
            hook_instance=subject.hook_instance.lower() if subject else None,
            as_of=subject.as_of.isoformat() if subject else None,
            ruleset=notes.get("ruleset"),
            profile=subject.profile if subject else None,
            language=subject.language if subject else None,
            state=assessment.state.value if assessment else None,
            sources=_json(self.sources),
            outcomes=_json(_outcomes(assessment)) if assessment else None,
            quiet=_json(_quiet(self.withheld, knows_overrides=self.knows_overrides)),
            request_digest=sha256(self.body).hexdigest() if self.body else None,
            answer_digest=sha256(sent.body).hexdigest() if sent.body else None,
            cards=tuple(self._card(subject, each) for each in self.raised)
            if subject and sent.status == SUCCESS
            else (),
        )

    def _patient(self, subject: CallSubject) -> Hashes:
        if self._hashes is None:
            self._hashes = self.pseudonyms.patient(subject.client, subject.patient_id)
        return self._hashes

    def _card(self, subject: CallSubject, raised: RaisedCard) -> CardRow:
        return CardRow(
            card=raised.card,
            topic=raised.topic,
            level=raised.level.indicator,
            rules=tuple(f"{rule.id}@{rule.version}" for rule in raised.rules),
            concerns=tuple(self._concern(subject, concern) for concern in raised.concerns),
            suggestions=raised.suggestions,
            state=raised.state,
        )

    def _concern(self, subject: CallSubject, concern: Concern) -> ConcernRow:
        evidence = (self.pseudonyms.evidence(subject.client, text)[0] for text in concern.evidence)
        return ConcernRow(concern.topic, concern.level.indicator, tuple(sorted(evidence)))


def _quiet(withheld: Withheld, *, knows_overrides: bool) -> dict[str, object] | None:
    """Return the withheld cards for a replay, or None."""
    found: dict[str, object] = {}
    if withheld is not NOTHING:
        quiet = [[card.topic, card.until, card.reason] for card in withheld.quiet]
        found = {"quiet": quiet, "shadow": sorted(withheld.shadow), "rules": sorted(withheld.rules)}
    if not knows_overrides:
        found["overrides"] = "unknown"
    return found or None


def _outcomes(assessment: Assessment) -> dict[str, object]:
    """Return the outcome of each site and rule."""
    return {
        site.site.value: {
            "outcome": site.outcome.value,
            "rules": {f"{result.rule}@{result.version}": outcome_name(result.outcome) for result in site.results},
        }
        for site in assessment.sites
    }


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
