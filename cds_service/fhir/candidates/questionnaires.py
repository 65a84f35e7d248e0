"""Questionnaires of a chart, with codes by linkId.

A linkId without its Questionnaire must not be interpreted.
Tests: tests/fhir/test_questionnaires.py.
"""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Raw

from cds_service.errors import DuplicateKey, NotJson
from cds_service.fhir.elements.elements import Json, items, text
from cds_service.strict_json import parse_once

Questions = Mapping[str, Json]
"""The code of each question as a CodeableConcept, by its linkId."""
NO_QUESTIONS: Questions = {}
_VERSION = "|"


class _Form(msgspec.Struct, gc=False):
    url: str | None = None
    version: str | None = None


_FORM = msgspec.json.Decoder(_Form)


class Questionnaires:
    """Questionnaires of one chart, read at their first response."""

    def __init__(self) -> None:
        """Start without Questionnaires."""
        self._raws: dict[str, list[tuple[str | None, Raw]]] = {}
        self._read: dict[str, Questions] = {}

    def add(self, raw: Raw) -> None:
        """Add a Questionnaire with a canonical URL."""
        try:
            form = _FORM.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return
        if form.url:
            self._raws.setdefault(form.url, []).append((form.version, raw))

    def questions(self, canonical: str) -> Questions:
        """Return the coded questions of a Questionnaire, () if missing."""
        if canonical not in self._read:
            raw = self._only(canonical)
            self._read[canonical] = NO_QUESTIONS if raw is None else _read(raw)
        return self._read[canonical]

    def _only(self, canonical: str) -> Raw | None:
        """Return the Questionnaire of the named version.

        Without a version it must be the only one.
        """
        url, _, version = canonical.partition(_VERSION)
        found = self._raws.get(url, [])
        named = [raw for own, raw in found if own == version]
        candidates = {bytes(raw): raw for raw in named or (each for _, each in found)}
        return next(iter(candidates.values())) if len(candidates) == 1 else None


def _read(raw: Raw) -> Questions:
    """Return the questions of an unambiguous Questionnaire.

    A duplicate key makes it ambiguous.
    """
    try:
        return questions_of(parse_once(bytes(raw)))
    except (DuplicateKey, NotJson):
        return NO_QUESTIONS


def questions_of(form: Json) -> Questions:
    """Return the coded questions, the first of each linkId."""
    found: dict[str, Json] = {}
    for item in nested(form):
        link, codes = text(item.get("linkId")), items(item.get("code"))
        if link is not None and codes:
            found.setdefault(link, {"coding": codes})
    return found


def nested(form: Json) -> Iterator[Json]:
    """Yield every item in order, nested ones included."""
    for path in paths(form):
        yield path[-1]


def paths(form: Json) -> Iterator[tuple[Json, ...]]:
    """Yield every item in order, after the items around it."""
    waiting: list[tuple[Json, ...]] = [(item,) for item in reversed(items(form.get("item")))]
    while waiting:
        path = waiting.pop()
        yield path
        item = path[-1]
        below = [inner for answer in items(item.get("answer")) for inner in items(answer.get("item"))]
        waiting.extend((*path, inner) for inner in reversed([*items(item.get("item")), *below]))
