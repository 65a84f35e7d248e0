"""When an overridden card stays quiet and when it comes back: the table of cases, and what holds in all of them."""

import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import cards
from cards.fingerprint import Concern
from cards.quiet import Override, Viewer, apply_overrides
from cards.quiet_policy import Policy, default_policy
from rules.outcome import Level

TABLE = Path(str(cards.__file__)).parent / "quiet_cases.toml"
CASES: list[dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["cases"]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00Z")


def _override(text: str) -> Override:
    user, at, topic, level, evidence, reason = text.split()
    return Override(
        topic=topic,
        level=Level[level.upper()],
        evidence=frozenset(evidence.split("+")),
        reason=None if reason == "-" else reason,
        at=_moment(at),
        user=None if user == "-" else user,
    )


def _policy(case: dict[str, Any]) -> Policy:
    return default_policy().changed(case.get("days", {}), case.get("scope"))


def _outcome(case: dict[str, Any], overrides: Iterable[Override]) -> str:
    user, day, topic, level, evidence = case["looks"].split()
    viewer = Viewer(None if user == "-" else user, date.fromisoformat(day), ZoneInfo(case.get("zone", "UTC")))
    concern = Concern(topic, Level[level.upper()], frozenset(evidence.split("+")))
    found = apply_overrides((concern,), overrides, _policy(case), viewer)
    assert len(found.shown) + len(found.quiet) == 1
    if found.shown:
        return "shown"
    (card,) = found.quiet
    assert card.topic == topic
    return f"quiet until {card.until.isoformat()} because {card.reason}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_a_card_is_shown_or_quiet_as_the_table_says(case: dict[str, Any]) -> None:
    """Whatever the order in which the overrides come."""
    overrides = [_override(text) for text in case["overrides"]]

    assert {_outcome(case, order) for order in permutations(overrides)} == {case["outcome"]}


def test_the_table_has_every_reason_on_both_sides_of_its_last_day() -> None:
    """For cards that are not critical; so a number that is changed is noticed."""
    edges = {(reason, day) for reason in default_policy().terms for day in ("last", "after")}
    found = set()
    for case in CASES:
        if len(case["overrides"]) != 1 or not case.keys().isdisjoint({"days", "scope", "zone"}):
            continue
        override, day = _override(case["overrides"][0]), date.fromisoformat(case["looks"].split()[1])
        reason = default_policy().reason(override.reason)
        left = override.at.date() + default_policy().terms[reason].lasts(Level.INFO) - day
        if override.level is not Level.CRITICAL and 0 <= left.days <= 1:
            found.add((reason, "last" if left.days else "after"))
    assert found == edges


def test_each_card_of_an_answer_is_judged_by_itself() -> None:
    """One is quiet, the other shown, in the order in which they came."""
    lump = Concern("local", Level.WARNING, frozenset({"lump"}))
    pain = Concern("bone", Level.WARNING, frozenset({"pain"}))
    override = _override("anna 2026-06-01 local warning lump not-now")

    found = apply_overrides((pain, lump), (override,), default_policy(), Viewer("anna", date(2026, 6, 2)))

    assert found.shown == (pain,)
    assert [card.topic for card in found.quiet] == ["local"]


def test_a_critical_card_is_shown_to_everybody_but_who_overrode_it_critical() -> None:
    """In every scope, for every reason and on every day of the longest time."""
    seizure = Concern("brain", Level.CRITICAL, frozenset({"seizure"}))
    for scope in ("everybody", "user"):
        policy = default_policy().changed({}, scope)
        for reason in (*policy.terms, "-"):
            for level in ("info", "warning", "critical"):
                override = _override(f"anna 2026-06-01 brain {level} seizure {reason}")
                for viewer in (Viewer(user, date(2026, 6, day)) for user in ("bela", None) for day in range(1, 30)):
                    assert apply_overrides((seizure,), (override,), policy, viewer).shown == (seizure,)
