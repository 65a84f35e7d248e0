"""Evidence as short lines with dates and values, in our own display texts, newest first.

Must not show text of the record.
Tests: tests/cards/test_evidence.py.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from cards.words import finding as finding_words
from cards.words import words
from rules.codes import catalogue
from rules.evidence.presence import evidence_date, score
from rules.facts import Code, Kind, Quantity, Record
from rules.levels import Judged
from rules.outcome import Finding, Measure, Severity

SHOWN = 5
"""How many pieces of evidence a card lists; the rest is counted."""
VITALS = frozenset({"spo2", "resp_rate", "heart_rate", "bp_systolic"})
TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")
SHOWN_UNITS = frozenset({"mL", "%", "kg", "/min", "mm[Hg]", "L"})
WITH_LIMIT = frozenset({"lab_alt", "lab_ast", "lab_alp", "lab_ggt", "lab_bilirubin_total", "lab_calcium"})


def evidence_lines(judged: tuple[Judged, ...], as_of: date) -> tuple[str, ...]:
    """Return one line for each piece of evidence of a card, newest first, each piece once."""
    dated: dict[tuple[str, str], date] = {}
    for finding in findings_of(judged):
        for when, line in _lines(finding, as_of):
            dated[finding.concept, line] = when or date.min
    ordered = sorted(dated, key=lambda key: (dated[key], key[1]), reverse=True)
    return tuple(dict.fromkeys(line for _, line in ordered))


def shown_evidence(lines: tuple[str, ...], most: int = SHOWN) -> tuple[str, ...]:
    """Return the newest lines, then how many more there are."""
    rest = len(lines) - most
    return lines if rest <= 0 else (*lines[:most], f"+ {rest} more")


def findings_of(judged: tuple[Judged, ...]) -> tuple[Finding, ...]:
    """Return the findings behind a card, each once, those of the most urgent triggers first."""
    found = {(f.concept, *(r.reference for r in f.records)): f for each in judged for f in each.trigger.findings}
    return tuple(found.values())


def _lines(finding: Finding, as_of: date) -> tuple[tuple[date | None, str], ...]:
    if finding.measure is not None:
        return ((finding.newest, _measured(finding.measure, finding)),)
    return tuple((evidence_date(record, as_of), _recorded(record, finding, as_of)) for record in finding.records)


def _recorded(record: Record, finding: Finding, as_of: date) -> str:
    when = evidence_date(record, as_of)
    day = when.isoformat() if when else "no date"
    number = record.value.quantity
    if finding.concept in VITALS and number is not None:
        return f"{day}: {words()['measure'][finding.concept]} {plain(number.value)}{_unit(number)}"
    rating = score(record)
    parts = [display_of(record, finding.concept)]
    if rating is not None:
        parts.append(f"score {plain(rating)}/10")
    elif number is not None:
        parts.append(f"{plain(number.value)}{_unit(number)}")
    elif finding.severity in (Severity.SEVERE, Severity.MILD) and len(finding.records) == 1:
        parts.append(finding.severity.name.lower())
    return f"{day}: {', '.join(parts)}"


def display_of(record: Record, concept: str) -> str:
    """Return our display of the code by which a record stands for a concept."""
    return catalogue().display(code_of(record, concept)) if record.codes else finding_words(concept)


def code_of(record: Record, concept: str) -> Code:
    """Return the code by which a record stands for a concept, else its first one."""
    return next((code for code in record.codes if concept in catalogue().concepts(code)), record.codes[0])


def _unit(quantity: Quantity) -> str:
    return f" {quantity.unit}" if quantity.unit and quantity.unit in SHOWN_UNITS else ""


def _measured(measure: Measure, finding: Finding) -> str:
    when = finding.newest.isoformat() if finding.newest else "no date"
    if measure.name == "weight" and measure.since is not None and finding.newest is not None:
        days = (finding.newest - measure.since).days
        return (
            f"Weight {plain(measure.limit)} kg on {measure.since.isoformat()} to {plain(measure.value)} kg on {when}: "
            f"-{plain(measure.percent)} % in {days} days"
        )
    name = words()["measure"][measure.name]
    unit = "" if measure.name == "lab_inr" else f" {measure.unit}"
    text = f"{when}: {name} {plain(measure.value)}{unit}"
    if measure.corrected is not None:
        text += f" (corrected {plain(measure.corrected)})"
    if measure.uncorrected:
        text += " (not corrected, no albumin)"
    return text + _against_limit(measure)


def _against_limit(measure: Measure) -> str:
    if measure.limit is None or measure.name not in WITH_LIMIT:
        return ""
    ratio = measure.value / measure.limit
    assumed = "assumed upper limit" if measure.limit_assumed else "upper limit"
    return f" ({plain(ratio)} x {assumed} {plain(measure.limit)})"


def plain(number: Decimal | None) -> str:
    """Return a number with at most one decimal, without trailing zeros; small ones keep two."""
    if number is None:
        return ""
    rounded = number.quantize(TENTH if abs(number) >= 1 else HUNDREDTH, ROUND_HALF_UP)
    return format(rounded.normalize(), "f")


def references(judged: tuple[Judged, ...]) -> tuple[str, ...]:
    """Return the resources behind a card as relative references, sorted, Conditions and Observations only."""
    kinds = (Kind.CONDITION, Kind.OBSERVATION)
    found = {r.reference for f in findings_of(judged) for r in f.records if r.kind in kinds}
    return tuple(sorted(reference for reference in found if not reference.endswith("/")))
