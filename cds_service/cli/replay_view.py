"""A replay's result as text and JSON, with changed knowledge.

Parts of an answer are printed as JSON only, against terminal escapes.
Tests: tests/replay/test_replay.py, tests/replay/test_replay_ruleset.py.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime

import msgspec

from cds_service.audit.decision import Decision
from cds_service.replay.run import Replay, Result
from rules.explain.changes import Change, changes
from rules.registry import RULESET

SAID = {
    Result.SAME: "The same, byte for byte: the answer has the SHA-256 that the decision keeps.",
    Result.SAME_BUT_RULESET: "The same, byte for byte, but for the version of the ruleset that the answer names.",
    Result.SAME_ERROR: "The same error. Its bytes are not compared: each error has an id of its own.",
    Result.DIFFERS: "Different: today's code gives another answer.",
}
ELSEWHERE = "What the decision keeps is the same: words, orders or form differ. --answer shows where."
SPELLING = "Both answers say the same: the order or the spelling of the JSON differs."
UNDATED = f"Code lists, words and work-up keys have no dates: this replay used those of {RULESET}."
NOT_WORKED_OUT = (
    "What they would answer as of then is not worked out: one day is looked from and picks them (ADR 0006)."
)


def as_text(decision: Decision, found: Replay, today: date) -> str:
    """Return the result as lines of the terminal."""
    return "\n".join((*_outcome(decision, found), *_ruleset(decision, found, today)))


def as_json(decision: Decision, found: Replay, today: date) -> str:
    """Return the result as one JSON object."""
    line = {
        "decision": decision.id,
        "asOf": found.day.isoformat(),
        "result": found.result.value,
        "differences": [asdict(difference) for difference in found.differences],
        "notRebuilt": list(found.missing),
        "ruleset": {
            "then": decision.ruleset,
            "now": RULESET,
            "day": today.isoformat(),
            "changes": [{"what": c.what, "then": c.before, "now": c.after} for c in changes(found.day, today)],
        },
    }
    return msgspec.json.encode(line).decode()


def _outcome(decision: Decision, found: Replay) -> Iterator[str]:
    at = datetime.fromtimestamp(decision.at / 1000, UTC).isoformat(timespec="seconds")
    yield f"Decision {decision.id} of {at}, as of {found.day.isoformat()}"
    yield SAID[found.result]
    yield from found.missing
    if found.result is Result.DIFFERS and not found.differences:
        yield SPELLING if found.has_answer else ELSEWHERE
    yield from (f"  {difference}" for difference in found.differences)


def _ruleset(decision: Decision, found: Replay, today: date) -> Iterator[str]:
    """Yield the differences of a later day's ruleset."""
    then = f", {decision.ruleset} then" if decision.ruleset not in (None, RULESET) else ""
    yield f"With the ruleset of {today.isoformat()} ({RULESET}{then}):"
    if then:
        yield f"  {UNDATED}"
    changed = changes(found.day, today)
    if not changed:
        yield "  No version of a rule and no number differs between the two days: the answer is the one of this replay."
        return
    behind = {rule.partition("@")[0] for card in decision.cards for rule in card.rules}
    yield from (f"  {_change(change, behind)}" for change in changed)
    yield f"  {NOT_WORKED_OUT}"


def _change(change: Change, behind: set[str]) -> str:
    card = ", behind a card of this call" if change.what in behind else ""
    return f"{change.what}: {change.before or 'not in force'} then, {change.after or 'not in force'} now{card}"
