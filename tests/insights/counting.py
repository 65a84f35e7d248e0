"""The figures of a report, counted from the clinic's stories in plain dictionaries.

It must not use anything of cds_service.insights.
Its tests are those that use it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cds_service.audit.feedback_item import to_epoch_ms
from cds_service.evaluation.response import OVERRIDE_SYSTEM
from tests.insights.clinic import MADE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cds_service.audit.decision import CardRow
    from cds_service.audit.feedback_item import FeedbackItem
    from tests.insights.clinic import Story

Figure = tuple[str, str, str]
"""Table, row and figure, as a CSV file names them."""
ANSWER_DAYS = 7
TIMES = ((60, "within a minute"), (600, "within 10 minutes"), (3600, "within an hour"), (86_400, "within a day"))


@dataclass
class Card:
    """One topic of one view."""

    client: str
    row: CardRow
    at: int
    replies: list[FeedbackItem] = field(default_factory=list)


@dataclass
class Counted:
    """What was counted, and the seconds to the first reply on each judged card."""

    figures: dict[Figure, int] = field(default_factory=lambda: defaultdict(int))
    seconds: list[float] = field(default_factory=list)


def counted(stories: Iterable[Story]) -> Counted:
    """Count everything that a report shows."""
    told = list(stories)
    found = Counted()
    for story in told:
        _count_call(story, found.figures)
    _count_views(told, found.figures)
    for card in _cards(told):
        _count_card(card, found)
    return found


def _count_call(story: Story, figures: dict[Figure, int]) -> None:
    decision = story.decision
    figures["overview", "All", "calls"] += 1
    figures["answers", f"{decision.status} {decision.code or 'answered'}", "calls"] += 1
    if decision.sources is None:
        return
    figures["overview", "All", "charts"] += 1
    if "Observation" in decision.sources:
        figures["unread", "Observation: late", "unread"] += 1
    if "Condition" in decision.sources:
        figures["unread", "Condition: unreachable", "unread"] += 1
    if "Procedure" in decision.sources:
        figures["unread", "Procedure: earlier records not read, page-limit", "unread"] += 1


def _count_views(stories: Iterable[Story], figures: dict[Figure, int]) -> None:
    views: dict[str, tuple[int, str, bool]] = {}
    for story in stories:
        decision = story.decision
        if decision.status == 200:
            at, _, had = views.get(str(decision.hook_instance), (decision.at, "", False))
            shown = any(card.row.state == "shown" for card in story.cards)
            views[str(decision.hook_instance)] = (at, str(decision.client), had or shown)
    for at, client, has_card in views.values():
        for place in (
            ("overview", "All"),
            ("weeks", _monday(at)),
            ("weeks", "All"),
            ("clients", client),
            ("clients", "All"),
        ):
            figures[*place, "views"] += 1
        figures["overview", "All", "views_with_card"] += has_card


def _cards(stories: Iterable[Story]) -> Iterable[Card]:
    found: dict[tuple[str, str], Card] = {}
    for story in stories:
        for shown in story.cards:
            key = str(story.decision.hook_instance), shown.row.topic
            card = found.setdefault(key, Card(str(story.decision.client), shown.row, story.decision.at))
            card.replies += shown.replies
    return found.values()


def _count_card(card: Card, found: Counted) -> None:
    ends = list(_ends(card))
    for place in _places(card):
        for end in ends:
            found.figures[*place, end] += 1
    if "overridden" in ends:
        reason = f"reason:{_reason(card)}"
        for rule in ("All", *(rule.replace("@", " ") for rule in card.row.rules)):
            found.figures["reasons", rule, "overridden"] += 1
            found.figures["reasons", rule, reason] += 1
    if {"accepted", "overridden"} & set(ends):
        seconds = (min(reply.at for reply in card.replies) - card.at) / 1000
        found.seconds.append(seconds)
        row = next((name for longest, name in TIMES if seconds <= longest), "later")
        found.figures["delays", row, "replied"] += 1


def _ends(card: Card) -> Iterator[str]:
    if card.row.state != "shown":
        yield {"quiet": "quieted", "shadow": "shadow"}[card.row.state]
        return
    yield "shown"
    if card.at > to_epoch_ms(MADE - timedelta(days=ANSWER_DAYS)):
        yield "recent"
        return
    yield "due"
    outcomes = {reply.outcome for reply in card.replies}
    yield "accepted" if "accepted" in outcomes else "overridden" if outcomes else "ignored"


def _reason(card: Card) -> str:
    last = max(card.replies, key=lambda reply: reply.at)
    if last.reason is None:
        return "none"
    return last.reason if last.reason_system == OVERRIDE_SYSTEM else "other"


def _places(card: Card) -> Iterator[tuple[str, str]]:
    yield from ((table, "All") for table in ("overview", "weeks", "clients", "levels"))
    yield "weeks", _monday(card.at)
    yield "clients", card.client
    yield "levels", card.row.level
    yield from (("versions", rule.replace("@", " ")) for rule in card.row.rules)
    yield from (("rules", rule) for rule in {rule.split("@")[0] for rule in card.row.rules})
    if not card.row.rules:
        yield "rules", "no rule (incomplete)"


def _monday(at: int) -> str:
    day = datetime.fromtimestamp(at / 1000, UTC).date()
    return (day - timedelta(days=day.weekday())).isoformat()
