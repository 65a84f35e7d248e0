"""Presence, date and severity of one record (EV-1, EV-2, EV-7).

Records must not be compared here.
Tests: tests/rules/test_evidence.py, rules/evidence/cases.yaml.
"""

from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from rules.facts import Days, Kind, Quantity, Record
from rules.outcome import Severity
from rules.sheet import sheet
from rules.units import normalised
from rules.words import is_negative, names

ACTIVE = frozenset({"active", "recurrence", "relapse"})
ENDED = frozenset({"inactive", "remission", "resolved"})
NOT_TRUE = frozenset({"refuted", "entered-in-error"})
UNPROVEN = frozenset({"unconfirmed", "provisional", "differential"})
OBSERVED = frozenset({"final", "amended", "corrected", "preliminary"})
VISIT = "encounter-diagnosis"
REASON = "reason-for-visit"
"""Category of a record with the reason for a visit.

Other statements of an Encounter are no findings.
"""
NO_VISIT = frozenset({"planned", "cancelled", "entered-in-error"})
_NEGATIVE_FLAGS = frozenset({"NEG", "ND"})


class Presence(Enum):
    """Statement of one record about its concepts."""

    PRESENT = "present"
    NEGATIVE = "negative"
    ENDED = "ended"
    NOTHING = "nothing"


def presence(record: Record, as_of: date) -> Presence:
    """Return the statement of a record about its concepts (EV-1).

    Conditions, Observations, answers and reasons of visits can state a symptom. An answer counts as soon as it is
    given, like a preliminary Observation, unless entered in error.
    """
    if record.kind is Kind.CONDITION:
        return _condition(record, as_of)
    if record.kind is Kind.OBSERVATION and record.status in OBSERVED:
        return observed(record)
    if record.kind is Kind.QUESTIONNAIRE_RESPONSE and record.status != "entered-in-error":
        return observed(record)
    if record.kind is Kind.ENCOUNTER and REASON in record.categories and record.status not in NO_VISIT:
        return _reason(record, as_of)
    return Presence.NOTHING


def _reason(record: Record, as_of: date) -> Presence:
    """Return presence for the reason of a visit.

    A Condition behind it that is over or untrue makes no statement here, because it speaks for itself with its own
    date.
    """
    said = _condition(record, as_of)
    return said if said is Presence.PRESENT else Presence.NOTHING


def _condition(record: Record, as_of: date) -> Presence:
    if record.verification in NOT_TRUE:
        return Presence.NOTHING
    if record.value.boolean is False:
        return Presence.NOTHING if has_ended(record, as_of) else Presence.NEGATIVE
    return Presence.ENDED if has_ended(record, as_of) else Presence.PRESENT


def has_ended(record: Record, as_of: date) -> bool:
    """Return True for a Condition that is over.

    Its clinicalStatus says so, or its abatement is past.
    """
    if record.clinical_status in ENDED:
        return True
    if record.abatement is not None:
        return record.abatement.first <= as_of
    return record.abated


def observed(record: Record) -> Presence:
    """Return the statement of an Observation's value.

    It is negative, nothing or present, whatever the status.
    """
    value = record.value
    if record.interpretation & _NEGATIVE_FLAGS or value.boolean is False:
        return Presence.NEGATIVE
    if value.text is not None and is_negative(value.text):
        return Presence.NEGATIVE
    if "value_absent" in record.concepts or score(record) == 0:
        return Presence.NEGATIVE
    if "value_unknown" in record.concepts:
        return Presence.NOTHING
    return Presence.NOTHING if value.absent and not value.given else Presence.PRESENT


def was_said(record: Record, as_of: date) -> bool:
    """Return True for a stated finding, current or ended."""
    return presence(record, as_of) in (Presence.PRESENT, Presence.ENDED)


def is_active(record: Record) -> bool:
    """Return True for an active clinicalStatus."""
    return record.kind is Kind.CONDITION and record.clinical_status in ACTIVE


def score(record: Record) -> Decimal | None:
    """Return the rating from 0 to 10, or None.

    "More than 3" is no rating.
    """
    quantity = record.value.quantity
    if quantity is None or quantity.comparator is not None or not _rating_unit(quantity):
        return None
    return quantity.value if 0 <= quantity.value <= sheet("evidence").constant("score_max") else None


def _rating_unit(quantity: Quantity) -> bool:
    return quantity.unit is None or normalised(quantity.unit) in sheet("evidence").words["score_units"]


def severity(record: Record) -> Severity:
    """Return the stated severity (EV-7).

    Moderate is stated and treated as unspecified.
    """
    rating = score(record)
    constant = sheet("evidence").constant
    if "severity_severe" in record.concepts or names(record.texts, "severe"):
        return Severity.SEVERE
    if rating is not None and rating >= constant("score_severe"):
        return Severity.SEVERE
    if "severity_moderate" in record.concepts or names(record.texts, "moderate"):
        return Severity.MODERATE
    if rating is not None and rating > constant("score_mild"):
        return Severity.MODERATE
    mild = "severity_mild" in record.concepts or names(record.texts, "mild") or rating is not None
    return Severity.MILD if mild else Severity.UNSTATED


def day(when: Days | None, as_of: date) -> date | None:
    """Return the last possible day up to as_of (EV-2), or None.

    None means no date or a future one.
    """
    if when is None or when.first > _last_day(as_of):
        return None
    return min(when.last, as_of)


@lru_cache(maxsize=64)
def _last_day(as_of: date) -> date:
    """Return the last day before the future, across time zones."""
    return as_of + sheet("evidence").days("future_days", as_of)


def in_future(record: Record, as_of: date) -> bool:
    """Return True if the deciding date is over a day ahead.

    Such a record is ignored.
    """
    when = record.recorded or record.onset
    return when is not None and day(when, as_of) is None


def evidence_date(record: Record, as_of: date) -> date | None:
    """Return the day of the evidence (EV-2).

    Of an ended Condition it is the day it ended, if recorded.
    """
    if record.abatement is not None and record.kind is Kind.CONDITION and has_ended(record, as_of):
        return day(record.abatement, as_of)
    return day(record.recorded, as_of) or day(record.onset, as_of)


def start_date(record: Record, as_of: date) -> date | None:
    """Return the recorded beginning of a finding (EV-2)."""
    return day(record.onset, as_of) or evidence_date(record, as_of)


def from_problem_list(record: Record) -> bool:
    """Return True for a problem beyond one visit's diagnosis."""
    return is_active(record) and VISIT not in record.categories
