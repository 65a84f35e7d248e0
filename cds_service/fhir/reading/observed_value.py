"""What the value of an Observation says about its finding.

Tests: tests/fhir/test_observed_value.py.
"""

from collections.abc import Iterator

from cds_service.fhir.elements.elements import Json, answer_codes, items, obj, says_nothing, text, words
from cds_service.fhir.elements.sides import is_side
from cds_service.fhir.elements.values import interpretation
from rules.evidence.answer import (
    Answer,
    coded_answer,
    common_answer,
    flagged_answer,
    qualifiers,
    value_answer,
)
from rules.evidence.others import is_about_others
from rules.facts import Value


def answer_of(holder: Json, value: Value, valued: frozenset[str]) -> Answer | None:
    """Return the answer of a finding's Observation or component, or None without a value.

    A value that holds no more than an extension is unknown.
    """
    given = [*_values(holder, value, valued)]
    said = common_answer(given)
    flags = holder.get("interpretation")
    if said is None and not value.absent and _is_hollow(holder):
        return Answer.UNKNOWN
    texts = (word for each in items(flags) for word in words(each))
    return common_answer([said, flagged_answer(interpretation(flags), texts, has_value=said is not None)])


def own_answer(holder: Json, valued: frozenset[str]) -> Answer | None:
    """Return the answer beside a value that is the finding itself."""
    stated = qualifiers(valued)
    said = coded_answer(stated, (), has_code=True) if stated else None
    flags = holder.get("interpretation")
    texts = (word for each in items(flags) for word in words(each))
    return common_answer([said, flagged_answer(interpretation(flags), texts, has_value=True)])


def _values(holder: Json, value: Value, valued: frozenset[str]) -> Iterator[Answer | None]:
    concept = holder.get("valueCodeableConcept")
    if concept is None:
        yield value_answer(value)
        return
    if is_side(concept) and not qualifiers(valued):
        yield Answer.YES
        return
    if says_nothing(concept):
        yield Answer.UNKNOWN
    codings = [each for each in items(obj(concept).get("coding")) if text(each.get("code"))]
    if valued or not says_nothing(concept):
        yield coded_answer(valued, words(concept), has_code=bool(codings))


def _is_hollow(holder: Json) -> bool:
    """Return True for a value element without a value in it."""
    return any(name.startswith(("value", "_value")) for name in holder)


def about_others(question: Json, *, is_listed: bool) -> Answer | None:
    """Return NO for a question about others by its code, UNKNOWN by its words.

    The words of a listed code do not count. None means a question about the patient.
    """
    code = question.get("code")
    if is_about_others(answer_codes(code), ()):
        return Answer.NO
    return Answer.UNKNOWN if not is_listed and is_about_others((), words(code)) else None


def has_relative(resource: Json) -> bool:
    """Return True for a component that names a relative."""
    return any(about_others(part, is_listed=True) is Answer.NO for part in items(resource.get("component")))
