"""Evidence lines with values and dates in our own words.

They must not show text of the record.
Tests: tests/cards/test_evidence.py.
"""

from datetime import date

from cards.numbers import measured, plain, unit, written
from cards.words import Words, capitalised
from rules.codes import catalogue
from rules.evidence.presence import day, evidence_date, score, severity, start_date
from rules.facts import Code, Kind, Record
from rules.levels import GradedTrigger
from rules.outcome import Finding, Severity
from rules.sides import side_in
from rules.words import names

SHOWN = 5
"""Number of evidence lines on a card.

The rest is counted.
"""


def evidence_lines(judged: tuple[GradedTrigger, ...], as_of: date, words: Words) -> tuple[str, ...]:
    """Return one line for each piece of evidence, newest first."""
    dated: dict[str, date] = {}
    for finding in findings_of(judged):
        for when, line in _lines(finding, as_of, words):
            dated[line] = when or date.min
    return tuple(sorted(dated, key=lambda line: dated[line], reverse=True))


def findings_of(judged: tuple[GradedTrigger, ...]) -> tuple[Finding, ...]:
    """Return each finding once, the most urgent first."""
    found = {(f.concept, *(r.reference for r in f.records)): f for each in judged for f in each.trigger.findings}
    return tuple(found.values())


def _lines(finding: Finding, as_of: date, words: Words) -> tuple[tuple[date | None, str], ...]:
    if finding.measure is not None:
        return ((finding.newest, measured(finding.measure, finding.newest, words)),)
    return tuple(
        (evidence_date(record, as_of), _recorded(record, finding.concept, as_of, words)) for record in finding.records
    )


def _recorded(record: Record, concept: str, as_of: date, words: Words) -> str:
    """Return display, side, day, duration and severity of a record."""
    what = named(record, concept, words.finding(concept), words)
    return ", ".join((_dated(what, record, as_of, words), *_since(record, as_of, words), *_how(record, words)))


def named(record: Record, concept: str, name: str, words: Words) -> str:
    """Return a record by its code, else by the name of its concept.

    Its side follows unless the display says it.
    """
    what = words.display(code_of(record, concept), name) if record.codes else capitalised(name)
    if record.side is None or side_in(what) is not None:
        return what
    return words.text("evidence", "side", what=what, side=words.tables[record.side.value]["short"])


def _dated(what: str, record: Record, as_of: date, words: Words) -> str:
    """Return the finding with its date as exact as recorded."""
    said = next((days for days in (record.recorded, record.onset) if day(days, as_of) is not None), None)
    if said is None:
        return words.text("evidence", "no_date", what=what)
    return words.text("evidence", "in" if said.first < said.last else "on", what=what, day=written(said, words))


def _since(record: Record, as_of: date, words: Words) -> tuple[str, ...]:
    """Return the start of the finding if earlier than its record."""
    began, when = start_date(record, as_of), evidence_date(record, as_of)
    if record.onset is None or began is None or when is None or began >= when:
        return ()
    return (words.text("evidence", "since", day=written(record.onset, words)),)


def _how(record: Record, words: Words) -> tuple[str, ...]:
    """Return rating or amount, degree and course of a finding."""
    rating, degree, number = score(record), severity(record), record.value.quantity
    said = []
    if rating is not None:
        said.append(words.text("evidence", "score", number=plain(rating, words)))
    elif number is not None:
        said.append(f"{plain(number.value, words)}{unit(number, words)}")
    elif degree in (Severity.SEVERE, Severity.MILD):
        said.append(words.text("evidence", degree.name.lower()))
    said += [words.text("evidence", course) for course in ("worsening", "nocturnal") if names(record.texts, course)]
    return tuple(said)


def code_of(record: Record, concept: str) -> Code:
    """Return the record's code for a concept, else its first code."""
    return next((code for code in record.codes if concept in catalogue().concepts(code)), record.codes[0])


def references(judged: tuple[GradedTrigger, ...]) -> tuple[str, ...]:
    """Return sorted references of the records that state a finding."""
    kinds = (Kind.CONDITION, Kind.OBSERVATION, Kind.ENCOUNTER, Kind.QUESTIONNAIRE_RESPONSE)
    found = {r.reference for f in findings_of(judged) for r in f.records if r.kind in kinds}
    return tuple(sorted(reference for reference in found if not reference.endswith("/")))
