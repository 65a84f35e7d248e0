"""Questionnaires of a chart: which question stands under which linkId, and by which codes.

Must not read answers: cds_service.fhir.reading.questionnaire_response does. A linkId without its Questionnaire means
nothing.
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
    """The Questionnaires of one chart, each read when the first response to it is."""

    def __init__(self) -> None:
        """Start with none."""
        self._raws: dict[str, list[tuple[str | None, Raw]]] = {}
        self._read: dict[str, Questions] = {}

    def add(self, raw: Raw) -> None:
        """Keep a Questionnaire; one without a canonical URL can't be referred to."""
        try:
            form = _FORM.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return
        if form.url:
            self._raws.setdefault(form.url, []).append((form.version, raw))

    def questions(self, canonical: str) -> Questions:
        """Return the coded questions of the Questionnaire with a canonical URL; none when it is not in the chart."""
        if canonical not in self._read:
            raw = self._only(canonical)
            self._read[canonical] = NO_QUESTIONS if raw is None else _read(raw)
        return self._read[canonical]

    def _only(self, canonical: str) -> Raw | None:
        """Return the Questionnaire that is meant; of several versions the one that is named, else none of them."""
        url, _, version = canonical.partition(_VERSION)
        found = self._raws.get(url, [])
        named = [raw for own, raw in found if own == version]
        candidates = {bytes(raw): raw for raw in named or (each for _, each in found)}
        return next(iter(candidates.values())) if len(candidates) == 1 else None


def _read(raw: Raw) -> Questions:
    """Return the questions of a Questionnaire; one that holds a key twice asks nobody knows what."""
    try:
        return questions_of(parse_once(bytes(raw)))
    except (DuplicateKey, NotJson):
        return NO_QUESTIONS


def questions_of(form: Json) -> Questions:
    """Return the coded questions of a Questionnaire; of a linkId that stands twice the first."""
    found: dict[str, Json] = {}
    for item in nested(form):
        link, codes = text(item.get("linkId")), items(item.get("code"))
        if link is not None and codes:
            found.setdefault(link, {"coding": codes})
    return found


def nested(form: Json) -> Iterator[Json]:
    """Yield every item of a Questionnaire or of a response to one, those below items and answers too, in order."""
    waiting = list(reversed(items(form.get("item"))))
    while waiting:
        item = waiting.pop()
        yield item
        below = [inner for answer in items(item.get("answer")) for inner in items(answer.get("item"))]
        waiting.extend(reversed([*items(item.get("item")), *below]))
