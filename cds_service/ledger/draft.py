"""What becomes known of a call while it is answered, until it is written down as a decision.

It must not be kept longer than the call, nor do work that the answer would wait for.
Tests: tests/service/test_recorded_calls.py.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

import msgspec

from cards.fingerprint import Concern
from cards.model import Fired
from cards.quiet import Override
from cards.withheld import NOTHING, Withheld
from cds_service.errors import StoreUnavailable
from cds_service.ledger.decision import CardRow, ConcernRow, Decision, Suggestion
from cds_service.ledger.overrides import Overrides
from cds_service.ledger.pseudonyms import Hashes, Pseudonyms
from cds_service.ledger.reply import milliseconds
from cds_service.log import noted
from cds_service.random_id import random_id
from cds_service.strict_json import Body
from cds_service.trace import name_of
from rules.assess import Assessment
from rules.facts import Gap
from rules.outcome import Level

SHOWN, QUIET, SHADOW = "shown", "quiet", "shadow"
"""States of a card: on the screen, held back after an override, of what is only tried out."""
SUCCESS = 200
"""The status of an answer with cards: those of any other answer were not shown."""
_present: ContextVar["Draft | None"] = ContextVar("draft", default=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks about whom, and what the answer depends on beside the chart."""

    client: str
    patient_id: str = field(repr=False)
    user_id: str | None = field(repr=False)
    hook_instance: str
    as_of: date
    profile: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """How the call was answered."""

    status: int
    body: bytes
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Raised:
    """A card that a call led to, shown or held back."""

    card: str
    """Its uuid, or the one that it would have had."""
    topic: str
    level: Level
    rules: tuple[Fired, ...]
    concerns: tuple[Concern, ...] = field(repr=False)
    suggestions: tuple[Suggestion, ...] = ()
    state: str = SHOWN


@dataclass(slots=True)
class Draft:
    """One call, as far as it has come."""

    at: datetime
    pseudonyms: Pseudonyms
    earlier: Overrides
    must_know: bool
    """Whether a call is refused rather than answered without what was overridden earlier."""
    body: Body = field(default=b"", repr=False)
    asked: Asked | None = None
    sources: Mapping[str, object] | None = None
    knows_overrides: bool = True
    """Whether the store told the patient's overrides, if it was asked."""
    withheld: Withheld = NOTHING
    assessment: Assessment | None = None
    raised: tuple[Raised, ...] = ()
    _hashes: Hashes | None = field(default=None, init=False, repr=False)

    async def overrides(self) -> tuple[Override, ...] | None:
        """Return what was overridden of this patient's cards, None if that can't be told; or raise StoreUnavailable."""
        if self.asked is None:
            return None
        try:
            return await self.earlier.overrides(self.asked.client, self._patient(self.asked))
        except StoreUnavailable:
            if self.must_know:
                raise
            self.knows_overrides = False
            return None

    def read(self, fetched: int, gaps: Iterable[Gap], partial: Iterable[Gap]) -> None:
        """Note how complete the chart is."""
        self.sources = {
            "fetched": fetched,
            "unknown": [[gap.source, gap.reason] for gap in gaps],
            "partial": [[gap.source, gap.reason] for gap in partial],
        }

    def decision(self, hook: str, sent: Sent) -> Decision:
        """Return the row of this call; it is made when the answer is on its way."""
        asked, notes, assessment = self.asked, noted(), self.assessment
        user = self.pseudonyms.user(asked.client, asked.user_id)[0] if asked and asked.user_id else None
        return Decision(
            id=random_id(),
            at=milliseconds(self.at),
            hook=hook,
            status=sent.status,
            duration_ms=sent.duration_ms,
            client=asked.client if asked else notes.get("client"),
            code=notes.get("code"),
            reason=notes.get("reason"),
            error_id=notes.get("error_id"),
            user_hash=user,
            patient_hash=self._patient(asked)[0] if asked else None,
            key_id=self.pseudonyms.key_id if asked else None,
            hook_instance=asked.hook_instance.lower() if asked else None,
            as_of=asked.as_of.isoformat() if asked else None,
            ruleset=notes.get("ruleset"),
            profile=asked.profile if asked else None,
            language=asked.language if asked else None,
            state=assessment.state.value if assessment else None,
            sources=_json(self.sources),
            outcomes=_json(_outcomes(assessment)) if assessment else None,
            quiet=_json(_quiet(self.withheld, knows_overrides=self.knows_overrides)),
            request_digest=sha256(self.body).hexdigest() if self.body else None,
            answer_digest=sha256(sent.body).hexdigest() if sent.body else None,
            cards=tuple(self._card(asked, each) for each in self.raised) if asked and sent.status == SUCCESS else (),
        )

    def _patient(self, asked: Asked) -> Hashes:
        if self._hashes is None:
            self._hashes = self.pseudonyms.patient(asked.client, asked.patient_id)
        return self._hashes

    def _card(self, asked: Asked, raised: Raised) -> CardRow:
        return CardRow(
            card=raised.card,
            topic=raised.topic,
            level=raised.level.indicator,
            rules=tuple(f"{rule.id}@{rule.version}" for rule in raised.rules),
            concerns=tuple(self._concern(asked, concern) for concern in raised.concerns),
            suggestions=raised.suggestions,
            state=raised.state,
        )

    def _concern(self, asked: Asked, concern: Concern) -> ConcernRow:
        evidence = (self.pseudonyms.evidence(asked.client, text)[0] for text in concern.evidence)
        return ConcernRow(concern.topic, concern.level.indicator, tuple(sorted(evidence)))


def begin(draft: Draft) -> None:
    """Make this the draft of the present call."""
    _present.set(draft)


def present() -> Draft | None:
    """Return the draft of the present call; None where nothing is remembered."""
    return _present.get()


def _quiet(withheld: Withheld, *, knows_overrides: bool) -> dict[str, object] | None:
    """Return what was not shown and why, so that the answer can be made again; None where that is nothing."""
    found: dict[str, object] = {}
    if withheld is not NOTHING:
        quiet = [[card.topic, card.until, card.reason] for card in withheld.quiet]
        found = {"quiet": quiet, "shadow": sorted(withheld.shadow), "rules": sorted(withheld.rules)}
    if not knows_overrides:
        found["overrides"] = "unknown"
    return found or None


def _outcomes(assessment: Assessment) -> dict[str, object]:
    """Return each site's outcome, with what its rules said."""
    return {
        site.site.value: {
            "outcome": site.outcome.value,
            "rules": {f"{result.rule}@{result.version}": name_of(result.outcome) for result in site.results},
        }
        for site in assessment.sites
    }


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
