"""Evidence as short lines with values and dates, in our own display texts, newest first.

Must not show text of the record.
Tests: tests/cards/test_evidence.py.
"""

from datetime import date

from cards.numbers import measured, plain, unit, written
from cards.words import finding as finding_words
from rules.codes import catalogue
from rules.evidence.presence import day, evidence_date, score, severity, start_date
from rules.facts import Code, Days, Kind, Quantity, Record
from rules.levels import Judged
from rules.outcome import Finding, Severity
from rules.words import names

SHOWN = 5
"""How many pieces of evidence a card lists; the rest is counted."""


def evidence_lines(judged: tuple[Judged, ...], as_of: date) -> tuple[str, ...]:
    """Return one line for each piece of evidence of a card, newest first, each piece once."""
    dated: dict[str, date] = {}
    for finding in findings_of(judged):
        for when, line in _lines(finding, as_of):
            dated[line] = when or date.min
    return tuple(sorted(dated, key=lambda line: dated[line], reverse=True))


def findings_of(judged: tuple[Judged, ...]) -> tuple[Finding, ...]:
    """Return the findings behind a card, each once, those of the most urgent triggers first."""
    found = {(f.concept, *(r.reference for r in f.records)): f for each in judged for f in each.trigger.findings}
    return tuple(found.values())


def _lines(finding: Finding, as_of: date) -> tuple[tuple[date | None, str], ...]:
    if finding.measure is not None:
        return ((finding.newest, measured(finding.measure, finding.newest)),)
    return tuple(
        (evidence_date(record, as_of), _recorded(record, finding.concept, as_of)) for record in finding.records
    )


def _recorded(record: Record, concept: str, as_of: date) -> str:
    """Return what a record says: our display, its day, since when, and how bad."""
    number, when = record.value.quantity, day_of(record, as_of)
    return ", ".join((f"{display_of(record, concept)}{when}", *_since(record, as_of), *_how(record, number)))


def day_of(record: Record, as_of: date) -> str:
    """Return the day of a record as it was written, never more exact: " on 2026-06-01", " in 2026-06"."""
    said = next((days for days in (record.recorded, record.onset) if day(days, as_of) is not None), None)
    return _on(said) if said is not None else ", no date"


def _on(days: Days) -> str:
    return f" in {written(days)}" if days.first < days.last else f" on {written(days)}"


def _since(record: Record, as_of: date) -> tuple[str, ...]:
    """Return since when the finding lasts when that is not the day it was recorded."""
    began, when = start_date(record, as_of), evidence_date(record, as_of)
    if record.onset is None or began is None or when is None or began >= when:
        return ()
    return (f"since {written(record.onset)}",)


def _how(record: Record, number: Quantity | None) -> tuple[str, ...]:
    """Return how bad a record says the finding is: a rating or an amount, its degree, its course."""
    rating, degree = score(record), severity(record)
    said = []
    if rating is not None:
        said.append(f"score {plain(rating)}/10")
    elif number is not None:
        said.append(f"{plain(number.value)}{unit(number)}")
    elif degree in (Severity.SEVERE, Severity.MILD):
        said.append(degree.name.lower())
    said += [
        text for text, list_ in (("worsening", "worsening"), ("at night", "nocturnal")) if names(record.texts, list_)
    ]
    return tuple(said)


def display_of(record: Record, concept: str) -> str:
    """Return our display of the code by which a record stands for a concept."""
    return catalogue().display(code_of(record, concept)) if record.codes else finding_words(concept)


def code_of(record: Record, concept: str) -> Code:
    """Return the code by which a record stands for a concept, else its first one."""
    return next((code for code in record.codes if concept in catalogue().concepts(code)), record.codes[0])


def references(judged: tuple[Judged, ...]) -> tuple[str, ...]:
    """Return the resources behind a card as relative references, sorted: those that state a finding."""
    kinds = (Kind.CONDITION, Kind.OBSERVATION, Kind.ENCOUNTER, Kind.QUESTIONNAIRE_RESPONSE)
    found = {r.reference for f in findings_of(judged) for r in f.records if r.kind in kinds}
    return tuple(sorted(reference for reference in found if not reference.endswith("/")))
