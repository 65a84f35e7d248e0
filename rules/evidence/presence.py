"""Whether a record says present, absent or nothing, when, and how bad (rules.md EV-1, EV-2, EV-7).

Must not compare records with each other: rules.evidence.finding does.
Tests: tests/rules/test_evidence.py, rules/evidence/cases.yaml.
"""

from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from rules.facts import Days, Kind, Quantity, Record
from rules.outcome import Severity
from rules.sheet import sheet
from rules.words import is_negative, names

ACTIVE = frozenset({"active", "recurrence", "relapse"})
ENDED = frozenset({"inactive", "remission", "resolved"})
NOT_TRUE = frozenset({"refuted", "entered-in-error"})
UNPROVEN = frozenset({"unconfirmed", "provisional", "differential"})
OBSERVED = frozenset({"final", "amended", "corrected", "preliminary"})
VISIT = "encounter-diagnosis"
REASON = "reason-for-visit"
"""The category of a record that says what a visit was for; what else an Encounter says is no finding."""
NO_VISIT = frozenset({"planned", "cancelled", "entered-in-error"})
_NEGATIVE_FLAGS = frozenset({"NEG", "ND"})


class Presence(Enum):
    """What one record says about its concepts."""

    PRESENT = "present"
    NEGATIVE = "negative"
    ENDED = "ended"
    NOTHING = "nothing"


def presence(record: Record, as_of: date) -> Presence:
    """Return what a record says of its concepts (EV-1): a Condition, an Observation, an answer to a questionnaire, or
    the reason of a visit; every other resource says nothing of a symptom.

    An answer counts as soon as it is given, like a preliminary Observation: only one entered in error does not.
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
    """Return what the reason of a visit says: present, unless the Condition that was the reason is over or untrue.

    That it is over is said by the Condition itself, with its own date.
    """
    said = _condition(record, as_of)
    return said if said is Presence.PRESENT else Presence.NOTHING


def _condition(record: Record, as_of: date) -> Presence:
    if record.verification in NOT_TRUE:
        return Presence.NOTHING
    return Presence.ENDED if has_ended(record, as_of) else Presence.PRESENT


def has_ended(record: Record, as_of: date) -> bool:
    """Return whether a Condition is over: its clinicalStatus says so, or its abatement is not in the future."""
    if record.clinical_status in ENDED:
        return True
    if record.abatement is not None:
        return record.abatement.first <= as_of
    return record.abated


def observed(record: Record) -> Presence:
    """Return what an Observation's value says, whatever its status: negative, nothing, or present."""
    value = record.value
    if record.interpretation & _NEGATIVE_FLAGS or value.boolean is False:
        return Presence.NEGATIVE
    if value.text is not None and is_negative(value.text):
        return Presence.NEGATIVE
    if "value_absent" in record.concepts or score(record) == 0:
        return Presence.NEGATIVE
    return Presence.NOTHING if value.absent and not value.given else Presence.PRESENT


def was_said(record: Record, as_of: date) -> bool:
    """Return whether a record states its finding, whether or not it has ended since: a denial states none."""
    return presence(record, as_of) in (Presence.PRESENT, Presence.ENDED)


def is_active(record: Record) -> bool:
    """Return whether a Condition's clinicalStatus says that it goes on."""
    return record.kind is Kind.CONDITION and record.clinical_status in ACTIVE


def score(record: Record) -> Decimal | None:
    """Return the value as a 0-10 rating, or None when it is none."""
    quantity = record.value.quantity
    if quantity is None or not _rating_unit(quantity):
        return None
    return quantity.value if 0 <= quantity.value <= sheet("evidence").constant("score_max") else None


def _rating_unit(quantity: Quantity) -> bool:
    return quantity.unit is None or quantity.unit in sheet("evidence").words["score_units"]


def severity(record: Record) -> Severity:
    """Return how bad a record says it is; a moderate one is stated, and treated as unspecified (EV-7)."""
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
    """Return the last possible day of a date, never after as_of (EV-2); None for no date or one in the future."""
    if when is None or when.first > _last_day(as_of):
        return None
    return min(when.last, as_of)


@lru_cache(maxsize=64)
def _last_day(as_of: date) -> date:
    """Return the last day that is not in the future: zones differ."""
    return as_of + sheet("evidence").days("future_days", as_of)


def in_future(record: Record, as_of: date) -> bool:
    """Return whether the date that decides lies more than a day ahead: such a record is ignored."""
    when = record.recorded or record.onset
    return when is not None and day(when, as_of) is None


def evidence_date(record: Record, as_of: date) -> date | None:
    """Return the day a record speaks of (EV-2); of an ended Condition the day it ended, when given."""
    if record.abatement is not None and record.kind is Kind.CONDITION and has_ended(record, as_of):
        return day(record.abatement, as_of)
    return day(record.recorded, as_of) or day(record.onset, as_of)


def start_date(record: Record, as_of: date) -> date | None:
    """Return the day a finding began as far as the record says (EV-2)."""
    return day(record.onset, as_of) or evidence_date(record, as_of)


def side(record: Record) -> str | None:
    """Return left or right when the record's body site says exactly one of them."""
    left, right = names(record.sites, "left"), names(record.sites, "right")
    if left == right:
        return None
    return "left" if left else "right"


def from_problem_list(record: Record) -> bool:
    """Return whether an active Condition is more than the diagnosis of one visit."""
    return is_active(record) and VISIT not in record.categories
