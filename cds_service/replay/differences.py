"""Differences between two answers or two decisions.

Tests: tests/replay/test_replay_differences.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import ndiff
from typing import Any

import msgspec

from cds_service.audit.decision import CardRow, Decision

NAMES = ("site", "id", "label", "code", "source", "system")
"""Naming elements of a list item, in order of precedence."""
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A place with its two values.

    None means absent.
    """

    where: str
    then: Value
    now: Value

    def __str__(self) -> str:
        """Return it as a line, with JSON against terminal escapes."""
        return f"{self.where}: {_said(self.then)} then, {_said(self.now)} now"


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return every difference of two JSON objects.

    Texts are compared line by line.
    """
    before, after = dict(_leaves(then, "")), dict(_leaves(now, ""))
    places = dict.fromkeys((*before, *after))
    return tuple(found for place in places for found in _at(place, before.get(place), after.get(place)))


def kept(decision: Decision) -> dict[str, Any]:
    """Return the stored outcome of a call as JSON."""
    return {
        "status": decision.status,
        "code": decision.code,
        "ruleset": decision.ruleset,
        "state": decision.state,
        "sites": msgspec.json.decode(decision.outcomes or "{}"),
        "cards": {card.topic: _card(card) for card in decision.cards},
        "sources": msgspec.json.decode(decision.sources or "{}"),
    }


def _card(card: CardRow) -> dict[str, Any]:
    orders = sorted(suggestion.key for suggestion in card.suggestions)
    return {"level": card.level, "state": card.state, "rules": list(card.rules), "orders": orders}


def _at(where: str, then: Value, now: Value) -> Iterator[Difference]:
    if then == now:
        return
    if not (isinstance(then, str) and isinstance(now, str) and "\n" in then + now):
        yield Difference(where, then, now)
        return
    for line in ndiff(then.splitlines(), now.splitlines()):
        if line.startswith("- "):
            yield Difference(where, line[2:], None)
        elif line.startswith("+ "):
            yield Difference(where, None, line[2:])


def _leaves(value: Any, where: str) -> Iterator[tuple[str, Value]]:  # noqa: ANN401 - whatever JSON holds
    """Yield every leaf value with its place."""
    if isinstance(value, list):
        value = _named(value)
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{where}/{name}" if where else name)
    else:
        yield where, value


def _named(items: list[Any]) -> dict[str, Any]:
    """Return a list as an object by name, else by number."""
    names = [_name(item) for item in items]
    if None in names or len(set(names)) < len(names):
        names = [str(number) for number, _ in enumerate(items, start=1)]
    return dict(zip((str(name) for name in names), items, strict=True))


def _name(item: Any) -> str | None:  # noqa: ANN401 - as above
    if isinstance(item, str):
        return item
    if not isinstance(item, Mapping):
        return None
    source = item.get("source")
    if isinstance(source, Mapping) and isinstance(source.get("topic"), Mapping):
        return str(source["topic"].get("code"))
    return next((item[name] for name in NAMES if isinstance(item.get(name), str)), None)


def _said(value: Value) -> str:
    return "nothing" if value is None else msgspec.json.encode(value).decode()
