"""How a card ends: in exactly one way."""

import pytest

from cds_service.audit.overrides import OVERRIDE_SYSTEM
from cds_service.insights.queries import Answer
from cds_service.insights.report import DAY_MS
from cds_service.insights.sheet import limit
from cds_service.insights.tally import Tally
from tests.insights.reports import LONG_AGO, NOW, accepted, overridden, report_on, told

DUE = NOW - limit("answer_days") * DAY_MS


def _whole(*answers: Answer, **more: object) -> Tally:
    return report_on([told(*answers, **more)]).whole.tally  # type: ignore[arg-type]


def test_a_card_without_feedback_is_ignored_only_when_it_is_old_enough() -> None:
    """Until then nobody can know: feedback comes late, too."""
    assert _whole(at=DUE).ignored == 1
    assert _whole(at=DUE + 1) == Tally(recent=1)


def test_a_recent_card_is_not_judged_even_with_feedback() -> None:
    """Else the quick answers of the last days would count, and the slow ones not."""
    assert _whole(accepted(), at=DUE + 1) == Tally(recent=1)


def test_a_card_of_which_something_was_accepted_is_accepted() -> None:
    """Whatever else was done to it before or after."""
    assert _whole(overridden(), accepted(2000), overridden(after=3000)) == Tally(accepted=1)


@pytest.mark.parametrize(
    "reason, system, counted",
    [
        ("explained-otherwise", OVERRIDE_SYSTEM, "explained-otherwise"),
        ("explained-otherwise", "urn:somebody", "other"),
        ("17", "urn:com.epic.cdshooks.feedback.overrideReason", "other"),
        ("other", None, "other"),
        ("none", OVERRIDE_SYSTEM, "none"),
        (None, None, "none"),
    ],
)
def test_an_overridden_card_counts_under_its_last_reason(reason: str | None, system: str | None, counted: str) -> None:
    """One of the card's own; what a site says in its own words is one reason together."""
    assert _whole(overridden(), overridden(reason, system, after=2000)) == Tally(reasons={counted: 1})


@pytest.mark.parametrize("state, tally", [("quiet", Tally(quieted=1)), ("shadow", Tally(shadow=1))])
def test_a_card_that_was_held_back_was_not_shown(state: str, tally: Tally) -> None:
    """It is in no share."""
    assert _whole(state=state) == tally
    assert tally.shown == 0


def test_a_card_counts_for_each_of_its_rules_and_versions_once() -> None:
    """A rule with two versions on one card, as a day between them can't give, is still one rule."""
    report = report_on([told(rules=("LOC-1@1.0.0", "LOC-1@1.1.0", "REG-1@1.0.0")), told(rules=())])

    assert {part.name: part.tally.shown for part in report.parts["rule"]} == {"LOC-1": 1, "REG-1": 1, "no_rule": 1}
    assert [part.name for part in report.parts["version"]] == ["LOC-1@1.0.0", "LOC-1@1.1.0", "REG-1@1.0.0"]
    assert report.whole.tally.shown == 2


def test_a_reply_before_the_card_took_no_time() -> None:
    """Clocks differ: a time is never below zero."""
    early = Answer("accepted", LONG_AGO - 5000, None, None)

    assert report_on([told(early)]).delays.median == 0


def test_times_are_those_to_the_first_feedback() -> None:
    """By nearest rank: five of ten, nine of ten."""
    report = report_on([told(accepted(1000 * n), overridden(after=10**9)) for n in range(1, 11)])

    assert (report.delays.median, report.delays.p90) == (5000, 9000)
    assert report.delays.counts == {"minute": 10, "ten_minutes": 0, "hour": 0, "day": 0, "later": 0}


@pytest.mark.parametrize(
    "milliseconds, row",
    [(60_000, "minute"), (60_001, "ten_minutes"), (3_600_000, "hour"), (86_400_000, "day"), (86_400_001, "later")],
)
def test_a_time_belongs_to_the_first_row_that_holds_it(milliseconds: int, row: str) -> None:
    """Each row's longest time is in it."""
    assert report_on([told(accepted(milliseconds))]).delays.counts[row] == 1
