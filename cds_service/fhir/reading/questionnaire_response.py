"""Reader of answers about symptoms and findings.

A linkId or question text must not count as a code, and an answer is no history.
Tests: tests/fhir/test_questionnaire_response.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from cds_service.fhir.candidates.candidates import Candidate, EvidenceCandidates
from cds_service.fhir.candidates.questionnaires import NO_QUESTIONS, Questions, paths, questions_of
from cds_service.fhir.elements.elements import (
    Json,
    Unreadable,
    answer_codes,
    contained,
    items,
    known_codes,
    known_findings,
    obj,
    says_nothing,
    shared_by_all,
    text,
    words,
)
from cds_service.fhir.elements.sides import side_of
from cds_service.fhir.elements.values import number, quantity
from cds_service.fhir.elements.vocabulary import Vocabulary
from cds_service.fhir.reading.observed_value import about_others
from rules.evidence.answer import UNKNOWN, Answer, qualifiers
from rules.evidence.others import is_about_others
from rules.facts import NO_VALUE, Code, Kind, Quantity, Record, Side, Value
from rules.sheet import sheet
from rules.units import normalised
from rules.words import is_no_answer

STATUSES = frozenset({"in-progress", "completed", "amended", "entered-in-error", "stopped"})
"""Statuses of a QuestionnaireResponse in FHIR R4."""
SCALE_UNKNOWN = Decimal(6)
"""Highest number of an ambiguous scale.

It may be of a scale of 0 to 4, as PRO-CTCAE's, where 3 is severe, or of one of 0 to 10, where 3 is mild. The symptom is
present with unknown severity. A larger number is of the scale of 0 to 10.
"""
SCALE_NAMED = frozenset({"/10", "{0-10}"})
"""Units that name the scale of 0 to 10."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer to a coded question."""

    value: Value = NO_VALUE
    concepts: frozenset[str] = frozenset()
    """Qualifying concepts, such as absent or severe."""
    texts: tuple[str, ...] = ()


def questionnaire_response(resource: Json, candidate: Candidate, pool: EvidenceCandidates) -> Iterator[Record]:
    """Yield each answer to a coded question, or with a listed code."""
    form = _form(resource, candidate)
    questions = _questions(resource, pool)
    for path in paths(resource):
        item = path[-1]
        known = known_findings(pool.vocabulary, questions.get(text(item.get("linkId")) or ""))
        others = _about_others(path, questions, is_listed=bool(known[1]))
        if others is Answer.NO:
            continue
        said = replace(form, broken="modifier") if item.get("modifierExtension") else form
        said = said if others is None else replace(said, broken=said.broken or "value")
        for answer in items(item.get("answer")):
            if known[1]:
                side = _side(known[0], item, questions, answer)
                said = replace(said, codes=known[0], concepts=known[1], side=side)
                yield from _answered(answer, said, pool.vocabulary)
            else:
                yield from _named(answer, said, pool.vocabulary)


def _about_others(path: tuple[Json, ...], questions: Questions, *, is_listed: bool) -> Answer | None:
    """Return NO or UNKNOWN for a question about others, by the items around it too."""
    asked = [questions.get(text(each.get("linkId")) or "") for each in path]
    if any(about_others({"code": each}, is_listed=True) for each in asked):
        return Answer.NO
    texts = (*(written for each in path if (written := text(each.get("text")))), *(w for a in asked for w in words(a)))
    return Answer.UNKNOWN if not is_listed and is_about_others((), texts) else None


def _side(codes: tuple[Code, ...], item: Json, questions: Questions, answer: Json) -> Side | None:
    """Return the side by question or answer."""
    question = obj(questions.get(text(item.get("linkId")) or ""))
    place = {"coding": [obj(answer.get("valueCoding"))]}
    return side_of(codes, answer, question, {"text": item.get("text")}, sites=(place,))


def _form(resource: Json, candidate: Candidate) -> Record:
    """Return date, status and faults common to all answers."""
    return shared_by_all(Kind.QUESTIONNAIRE_RESPONSE, candidate.id, resource, STATUSES, resource.get("authored"))


def _questions(resource: Json, pool: EvidenceCandidates) -> Questions:
    """Return the coded questions, contained or of the chart."""
    canonical = text(resource.get("questionnaire"))
    if canonical is None:
        return NO_QUESTIONS
    inside = contained(resource, "Questionnaire").get(canonical)
    return pool.forms.questions(canonical) if inside is None else questions_of(inside)


def _named(answer: Json, said: Record, vocabulary: Vocabulary) -> Iterator[Record]:
    """Yield the finding chosen from a list (EV-1)."""
    chosen = obj(answer.get("valueCoding"))
    codes, concepts = known_findings(vocabulary, {"coding": [chosen]})
    if concepts:
        side = side_of(codes, answer, {"coding": [chosen]})
        yield replace(said, codes=codes, concepts=concepts, texts=_display(chosen), side=side)


def _answered(answer: Json, said: Record, vocabulary: Vocabulary) -> Iterator[Record]:
    """Yield the answer about a symptom."""
    try:
        found = _read(answer, vocabulary)
    except Unreadable as error:
        yield replace(said, broken=said.broken or str(error))
        return
    if found is not None:
        yield replace(said, concepts=said.concepts | found.concepts, value=found.value, texts=found.texts)


def _read(answer: Json, vocabulary: Vocabulary) -> _Answer | None:
    """Return the answer, or None for other kinds of value."""
    if isinstance(answer.get("valueBoolean"), bool):
        return _Answer(Value(boolean=answer["valueBoolean"]))
    if "valueCoding" in answer:
        return _chosen(obj(answer["valueCoding"]), vocabulary)
    if written := text(answer.get("valueString")):
        return None if is_no_answer(written) else _Answer(Value(text=written), texts=(written,))
    if "valueQuantity" in answer:
        found = quantity(answer["valueQuantity"])
        return None if found is None else _counted(found)
    for name in ("valueInteger", "valueDecimal"):
        if name in answer:
            return _counted(Quantity(number(answer[name])))
    return None


def _chosen(coding: Json, vocabulary: Vocabulary) -> _Answer | None:
    """Return a choice by its listed code, else by its words.

    An unknown code alone is unreadable.
    """
    _, meant = known_codes(vocabulary, {"coding": [coding]})
    stated, display = qualifiers(meant), _display(coding)
    if UNKNOWN in stated or says_nothing({"coding": [coding]}):
        return None
    if not (stated or display):
        raise Unreadable("value")
    if not stated and any(map(is_no_answer, display)):
        return None
    words = None if stated else next(iter(display))
    return _Answer(Value(codes=answer_codes({"coding": [coding]}), text=words), stated, display)


def _display(coding: Json) -> tuple[str, ...]:
    display = text(coding.get("display"))
    return () if display is None else (display,)


def _counted(found: Quantity) -> _Answer | None:
    """Return a counted answer.

    0 is a denial, a negative number no answer, and a rating may be of two scales.
    """
    if found.value < 0:
        return None
    if found.value == 0:
        return _Answer(Value(quantity=Quantity(found.value)))
    unit = None if found.unit is None else normalised(found.unit)
    rated = unit is None or unit in sheet("evidence").words["score_units"]
    if rated and unit not in SCALE_NAMED and found.value <= SCALE_UNKNOWN:
        return _Answer()
    return _Answer(Value(quantity=found))
