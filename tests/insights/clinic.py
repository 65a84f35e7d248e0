"""A synthetic clinic over a year, seeded: views of charts by the real rules and cards, clinicians who reply or not.

It must not read what it wrote: whoever wants to check a report counts the stories that it gives.
Its tests are those that use it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID, uuid5

from cards.quiet import Override, Viewer, apply_overrides
from cards.quiet_policy import default_policy
from cds_service.audit.decision import CardRow, ConcernRow, Decision, Suggestion
from cds_service.audit.feedback_item import FeedbackItem, to_epoch_ms
from cds_service.evaluation.response import OVERRIDE_SYSTEM, ResponseContext, build_response
from cds_service.store.decision_rows import DecisionRows
from cds_service.store.feedback_rows import FeedbackRows
from rules.facts import Gap
from rules.outcome import Level
from tests.evaluating import CASES
from tests.insights.charts import Patient, chosen_cases, looked_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cards.fingerprint import Concern
    from cds_service.evaluation.evaluate import Evaluation
    from cds_service.store.database import Database

VIEWS, PATIENTS, SEED = 20_000, 300, 20_250_701
FIRST = date(2025, 7, 1)
DAYS = 365
MADE = datetime(2026, 7, 3, 9, tzinfo=UTC)
"""When the report is made: the cards of the last days are too recent."""
CLIENTS = ("city-hospital", "county-hospital", "oncology-practice")
NAMESPACE = UUID("b6f4a8de-2d6f-4d64-9f0a-6f0c2a8c7a11")
OFTEN = "liver"
"""What the patients of this clinic come with more often than with anything else."""
WAVED_AWAY = "LIVER-1"
"""The rule that this clinic nearly always overrides."""
REVISED, REVISED_ON, REVISION = "LOC-1", date(2026, 1, 1), "1.1.0"
"""A rule that is changed in the middle of the year, and then more often accepted."""
SHADOWED, SHADOW_ENDS = "oncology-practice", date(2025, 9, 1)
"""A client that tries the service in shadow first."""
LATE = (Gap("Observation", "late"),)
REASONS = ("already-worked-up", "explained-otherwise", "patient-declines", "not-now")
WRITTEN_AT_A_TIME = 500


@dataclass(frozen=True)
class Clinician:
    """Somebody with habits: how often they reply to a card at all, and accept if they do."""

    id: str
    replies: float
    accepts: float


@dataclass(frozen=True)
class Shown:
    """A card as it was answered or held back, and the replies on it."""

    row: CardRow
    replies: tuple[FeedbackItem, ...] = ()


@dataclass(frozen=True)
class Story:
    """One call, with all that became of it."""

    decision: Decision
    cards: tuple[Shown, ...] = ()
    repeats: bool = False
    """Whether the same view was called for a moment before."""


@dataclass(frozen=True)
class Look:
    """What a policy of quiet may know of a view."""

    concerns: tuple[Concern, ...]
    client: str
    patient: str
    user: str
    at: datetime


Quiet: TypeAlias = "Callable[[Look, Iterable[Overridden]], frozenset[str]]"


@dataclass
class Clinic:
    """The year."""

    quiet: Quiet
    """Which topics are kept quiet: the one call in which the policy is asked."""
    views: int = VIEWS
    overrides: dict[tuple[str, str], list[Overridden]] = field(default_factory=lambda: defaultdict(list))
    random: Random = field(default_factory=Random)
    """Sown anew for each view: what one clinician does changes no other view, with quiet or without."""

    def stories(self) -> Iterator[Story]:
        """Every call of the year, the oldest first."""
        self.random.seed(SEED)
        patients, staff = self._patients(), self._staff()
        moments = sorted(
            datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(seconds=self.random.uniform(0, DAYS * 86_400))
            for _ in range(self.views)
        )
        for number, at in enumerate(moments):
            self.random.seed(SEED + number)
            patient = self.random.choice(patients)
            user = self.random.choice(staff)
            yield from self._view(number, at, patient, user)

    def _patients(self) -> list[Patient]:
        cases = [*chosen_cases(), *(case for case in chosen_cases() if CASES[case].folder == OFTEN for _ in range(3))]
        found = []
        for number in range(PATIENTS):
            case = self.random.choice(cases) if self.random.random() < 0.5 else None
            onset = FIRST + timedelta(days=self.random.randrange(DAYS - 10)) if case else None
            client = CLIENTS[min(int(self.random.expovariate(1.2)), 2)]
            found.append(Patient(f"p{number}", client, case, onset, self.random.random() < 0.6))
        return found

    def _staff(self) -> list[Clinician]:
        return [
            Clinician(f"Practitioner/{number}", self.random.uniform(0.3, 0.9), self.random.uniform(0.2, 0.7))
            for number in range(25)
        ]

    def _view(self, number: int, at: datetime, patient: Patient, user: Clinician) -> Iterator[Story]:
        chance = self.random.random()
        call = _call(number, at, patient.client)
        if chance < 0.004:
            yield Story(replace(call, status=401, code="unauthorized", reason="expired", client=None))
            return
        if chance < 0.012:
            sources = _sources(unknown=[["Condition", "unreachable"]])
            yield Story(replace(call, status=412, code="missing-data", sources=sources, duration_ms=8000.0))
            return
        gaps = LATE if chance < 0.03 else ()
        partial = [["Procedure", "page-limit"]] if chance > 0.99 else []
        found, concerns = looked_at(patient, at.date(), gaps)
        look = Look(concerns, patient.client, patient.id, user.id, at)
        hidden = self.quiet(look, self.overrides[patient.client, patient.id])
        call = replace(
            call,
            patient_hash=uuid5(NAMESPACE, patient.id).hex,
            user_hash=uuid5(NAMESPACE, user.id).hex,
            key_id="key",
            state=found.assessment.state.value,
            sources=_sources(unknown=[[gap.source, gap.reason] for gap in gaps], partial=partial),
        )
        rows = tuple(_rows(found, call, patient, {each: each.topic in hidden for each in concerns}))
        if self.random.random() < 0.01:
            earlier = replace(call, id=str(uuid5(NAMESPACE, f"again {number}")), at=call.at - 2000)
            yield Story(replace(earlier, cards=rows), tuple(map(Shown, rows)))
            cards = tuple(self._replied(row, call, user, look) for row in rows)
            yield Story(replace(call, cards=rows), cards, repeats=True)
            return
        yield Story(replace(call, cards=rows), tuple(self._replied(row, call, user, look) for row in rows))

    def _replied(self, row: CardRow, call: Decision, user: Clinician, look: Look) -> Shown:
        """A card with what the clinician does with it: mostly one thing, at times two."""
        if row.state != "shown" or self.random.random() > user.replies:
            return Shown(row)
        accepts = _liking(row, user, look.at.date())
        seconds = self.random.lognormvariate(4, 2)
        at = call.at + int(seconds * 1000)
        if at >= to_epoch_ms(MADE):
            return Shown(row)
        if self.random.random() < accepts and row.suggestions:
            replies = [_reply(call, row, "accepted", at, accepted=(row.suggestions[0].uuid,))]
            if self.random.random() < 0.05:
                replies.append(_reply(call, row, "overridden", at + 60_000))
            return Shown(row, tuple(replies))
        replies = [_reply(call, row, "overridden", at, **self._reason(row))]
        if self.random.random() < 0.03:
            replies.append(_reply(call, row, "overridden", at + 60_000, **self._reason(row)))
        last = replies[-1]
        when = datetime.fromtimestamp(last.at / 1000, UTC)
        self.overrides[look.client, look.patient].append(Overridden(row, last.reason, when, look.user))
        return Shown(row, tuple(replies))

    def _reason(self, row: CardRow) -> dict[str, Any]:
        chance = self.random.random()
        if chance < 0.08:
            return {}
        if chance < 0.13:
            return {"reason": "17", "reason_system": "urn:com.epic.cdshooks.feedback.overrideReason"}
        if any(rule.startswith(f"{WAVED_AWAY}@") for rule in row.rules):
            return {"reason": "explained-otherwise", "reason_system": OVERRIDE_SYSTEM}
        return {"reason": self.random.choice(REASONS), "reason_system": OVERRIDE_SYSTEM}


@dataclass(frozen=True)
class Overridden:
    """A card that was overridden: what a policy of quiet goes by."""

    row: CardRow
    reason: str | None
    at: datetime
    user: str


def nobody_is_quiet(_look: Look, _overridden: Iterable[Overridden]) -> frozenset[str]:
    """A service without quiet."""
    return frozenset()


def overridden_is_quiet(look: Look, overridden: Iterable[Overridden]) -> frozenset[str]:
    """The service's own policy, with its own days."""
    overrides = (
        Override(c.topic, Level[c.level.upper()], frozenset(c.evidence), each.reason, each.at, each.user)
        for each in overridden
        for c in each.row.concerns
    )
    quieted = apply_overrides(look.concerns, overrides, default_policy(), Viewer(look.user, look.at.date()))
    return frozenset(card.topic for card in quieted.quiet)


def _call(number: int, at: datetime, client: str) -> Decision:
    return Decision(
        id=str(uuid5(NAMESPACE, f"decision {number}")),
        at=to_epoch_ms(at),
        hook="patient-view",
        status=200,
        duration_ms=12.0,
        client=client,
        hook_instance=str(uuid5(NAMESPACE, f"view {number}")),
    )


def _rows(evaluation: Evaluation, call: Decision, patient: Patient, quiet: Mapping[Concern, bool]) -> Iterator[CardRow]:
    if not evaluation.cards:
        return
    caller = ResponseContext(patient.client, str(call.hook_instance), patient.id)
    day = datetime.fromtimestamp(call.at / 1000, UTC).date()
    hidden = {concern.topic for concern, is_quiet in quiet.items() if is_quiet}
    is_shadow = patient.client == SHADOWED and day < SHADOW_ENDS
    for card, out in zip(
        evaluation.cards, build_response(evaluation.cards, evaluation.assessment, caller)["cards"], strict=True
    ):
        rules = (f"{rule.id}@{_version(rule.id, rule.version, day)}" for rule in card.rules)
        uuids = (suggestion["uuid"] for suggestion in out.get("suggestions", ()))
        yield CardRow(
            card=out["uuid"],
            topic=card.topic,
            level=out["indicator"],
            rules=tuple(rules),
            concerns=tuple(_concern(concern) for concern in quiet if concern.topic == card.topic),
            suggestions=tuple(Suggestion(uuid, order.key) for uuid, order in zip(uuids, card.orders, strict=True)),
            state="shadow" if is_shadow else "quiet" if card.topic in hidden else "shown",
        )


def _concern(concern: Concern) -> ConcernRow:
    return ConcernRow(concern.topic, concern.level.indicator, tuple(sorted(concern.evidence)))


def _version(rule: str, version: str, day: date) -> str:
    return REVISION if rule == REVISED and day >= REVISED_ON else version


def _liking(row: CardRow, user: Clinician, day: date) -> float:
    """How likely a clinician who replies accepts this card."""
    ids = {rule.partition("@")[0] for rule in row.rules}
    if WAVED_AWAY in ids:
        return 0.03
    if REVISED in ids:
        return 0.8 if day >= REVISED_ON else 0.2
    return user.accepts


def _reply(call: Decision, row: CardRow, outcome: str, at: int, **more: Any) -> FeedbackItem:  # noqa: ANN401 - what a Reply takes
    return FeedbackItem(client=str(call.client), card=row.card, outcome=outcome, at=at, received=at + 1000, **more)


def _sources(unknown: Iterable[list[str]] = (), partial: Iterable[list[str]] = ()) -> str:
    return json.dumps({"fetched": 0, "unknown": list(unknown), "partial": list(partial)})


async def write(stories: Iterable[Story], database: Database) -> None:
    """Put the stories into the store as the service does: decisions in batches, feedback client by client."""
    decisions, replies = DecisionRows(database), FeedbackRows(database)
    written = list(stories)
    for start in range(0, len(written), WRITTEN_AT_A_TIME):
        part = written[start : start + WRITTEN_AT_A_TIME]
        await decisions.write([story.decision for story in part])
        for client in CLIENTS:
            given = [r for s in part for shown in s.cards for r in shown.replies if r.client == client]
            if given:
                strays = await replies.add(given)
                assert strays == ()
