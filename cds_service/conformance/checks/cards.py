"""Checks of the elements and source of cards.

Tests: tests/conformance/test_broken_services.py.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from cds_service.conformance.checks.elements import (
    is_absolute,
    missing_texts,
    mistyped,
    uncoded,
    unknown,
)
from cds_service.conformance.model import Check, Finding, Judge, Level, NotApplicable, NotChecked, judged
from cds_service.conformance.record import Record, listed
from cds_service.conformance.text import quoted

SUMMARY_BELOW = 140
INDICATORS = ("info", "warning", "critical")
CARD = frozenset(
    {"uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior", "overrideReasons", "links"}
    | {"extension"}
)
SOURCE = frozenset({"label", "url", "icon", "topic", "extension"})
HTML = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>|<!--")
Part = Mapping[str, Any]
Problems = Callable[[Part, str], Iterator[str]]


def of_cards(problems: Problems, *about: str) -> Judge:
    """Return a judge of every card.

    `about` is the path of an optional element.
    """

    def judge(record: Record) -> Finding:
        if not record.cards:
            return without_cards(record)
        if not any(_holds(card, about) for card in record.cards.values()):
            return NotApplicable(f"no card has {'.'.join(about)}")
        return judged([problem for path, card in record.cards.items() for problem in problems(card, path)])

    return judge


def _holds(part: object, path: tuple[str, ...]) -> bool:
    """Return True for a value at the end of a path, in any array item."""
    if isinstance(part, list):
        return any(_holds(each, path) for each in part)
    if not path:
        return part is not None
    return isinstance(part, Mapping) and _holds(part.get(path[0]), path[1:])


def without_cards(record: Record) -> Finding:
    """Return the reason why cards cannot be judged."""
    if not record.answers:
        return NotChecked(record.uncalled or "no call was answered 200")
    return NotChecked("no card was seen: give a patient who gets one with --patient")


def uuids_once(record: Record) -> Finding:
    """Judge that no answer repeats a uuid."""
    if not record.cards:
        return without_cards(record)
    problems = []
    for name, answer in record.answers.items():
        counted = Counter(_uuids(answer))
        problems += [f"{name}: {quoted(uuid)} occurs {times} times" for uuid, times in counted.items() if times > 1]
    return judged(problems)


def uuids_fresh(record: Record) -> Finding:
    """Judge that calls of two hook instances share no uuid.

    Feedback could not tell them apart.
    """
    first, second = (set(_uuids(record.answers.get(f"call.{name}", {}))) for name in ("provoking", "timed-0"))
    if not first:
        return NotApplicable("no uuid was seen")
    return judged([f"{quoted(uuid)} came in two calls" for uuid in sorted(first & second)])


def _uuids(answer: Part) -> Iterator[str]:
    cards = [card for card in listed(answer.get("cards")) if isinstance(card, dict)]
    parts = [part for card in cards for part in (card, *listed(card.get("suggestions")))]
    for part in parts:
        uuid = part.get("uuid") if isinstance(part, dict) else None
        if isinstance(uuid, str) and uuid:
            yield uuid


def _summary(card: Part, path: str) -> Iterator[str]:
    yield from missing_texts(card, ("summary",), path)
    summary = card.get("summary")
    if isinstance(summary, str) and len(summary) >= SUMMARY_BELOW:
        yield f"{path}.summary has {len(summary)} characters"


def _indicator(card: Part, path: str) -> Iterator[str]:
    if card.get("indicator") not in INDICATORS:
        yield f"{path}.indicator is {quoted(card.get('indicator'))}"


def _source(card: Part, path: str) -> Iterator[str]:
    source = card.get("source")
    if isinstance(source, Mapping):
        yield from missing_texts(source, ("label",), f"{path}.source")
    else:
        yield f"{path}.source is {quoted(source)}"


def _source_urls(card: Part, path: str) -> Iterator[str]:
    for name in ("url", "icon"):
        value = _source_of(card).get(name)
        if value is not None and not is_absolute(value):
            yield f"{path}.source.{name} is {quoted(value)}"


def _topic(card: Part, path: str) -> Iterator[str]:
    topic = _source_of(card).get("topic")
    if topic is not None:
        yield from uncoded(topic, ("code", "system"), f"{path}.source.topic")


def _detail(card: Part, path: str) -> Iterator[str]:
    return mistyped(card, "detail", str, path)


def _html(card: Part, path: str) -> Iterator[str]:
    found = HTML.search(str(card.get("detail") or ""))
    if found:
        yield f"{path}.detail holds {quoted(found[0])}"


def _uuid_form(card: Part, path: str) -> Iterator[str]:
    for part in (card, *listed(card.get("suggestions"))):
        uuid = part.get("uuid") if isinstance(part, dict) else None
        if uuid is not None and not _is_uuid(uuid):
            yield f"{path}: the uuid {quoted(uuid)} is none"


def _is_uuid(text: object) -> bool:
    try:
        return str(UUID(str(text))) == str(text).lower()
    except ValueError:
        return False


def _traceable(card: Part, path: str) -> Iterator[str]:
    if card.get("uuid") is None and (card.get("suggestions") or card.get("overrideReasons")):
        yield f"{path} can be accepted or overridden, but has no uuid"


def _names(card: Part, path: str) -> Iterator[str]:
    yield from unknown(card, CARD, path)
    yield from unknown(_source_of(card), SOURCE, f"{path}.source")


def _source_of(card: Part) -> Part:
    source = card.get("source")
    return source if isinstance(source, Mapping) else {}


SHALL, SHOULD, OURS = Level.SHALL, Level.SHOULD, Level.OURS
CHECKS = (
    Check("C03", (4, 57), SHALL, "1.0", "A summary is text of less than 140 characters.", of_cards(_summary)),
    Check("C04", (4, 59), SHALL, "1.0", "The indicator is info, warning or critical.", of_cards(_indicator)),
    Check("C05", (4, 60, 61), SHALL, "1.0", "A card has a source with a label.", of_cards(_source)),
    Check("C05.url", (62, 63), SHALL, "1.0", "URLs of the source are absolute.", of_cards(_source_urls, "source")),
    Check(
        "C06",
        (64, 85),
        SHALL,
        "2.0",
        "The topic is a Coding with code and system.",
        of_cards(_topic, "source", "topic"),
    ),
    Check("C08", (56, 70), SHALL, "1.0", "No uuid occurs twice in an answer.", uuids_once),
    Check("C08.calls", (56, 70), OURS, "2.0", "No uuid comes back in another hook instance.", uuids_fresh),
    Check("C08.form", (56,), SHOULD, "3.0b", "A uuid is a UUID.", of_cards(_uuid_form, "uuid")),
    Check("C09", (92,), OURS, "2.0", "What can be accepted or overridden has a uuid.", of_cards(_traceable)),
    Check("C20", (58,), SHALL, "1.0", "detail, where given, is text.", of_cards(_detail, "detail")),
    Check("C21", (58,), SHOULD, "3.0b", "detail holds no raw HTML.", of_cards(_html, "detail")),
    Check("C23", (82,), SHALL, "1.0", "Card and source have no elements of their own making.", of_cards(_names)),
)
