"""Breast cancer history with its dates (GATE-1, GATE-3).

Tests: tests/rules/test_gate.py, rules/gate/cases.yaml.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from rules.evidence.presence import (
    ENDED,
    NO_VISIT,
    NOT_TRUE,
    REASON,
    UNPROVEN,
    Presence,
    day,
    evidence_date,
    in_future,
    observed,
)
from rules.facts import Days, Facts, Kind, Record, Side
from rules.sheet import Sheet, sheet
from rules.sides import parts

NOT_DONE = frozenset({"entered-in-error", "cancelled", "not-done", "preparation"})
NOT_HELD = frozenset({"entered-in-error", "cancelled", "not-done"})
HISTORY_KINDS = frozenset({Kind.CONDITION, Kind.OBSERVATION, Kind.PROCEDURE})
"""Kinds of record that can prove a breast cancer."""


@dataclass(frozen=True, slots=True)
class History:
    """The cancer on record. Empty `records` mean no history."""

    records: tuple[Record, ...] = ()
    index_date: date | None = None
    """D0, None if unknown.

    Without it every recent finding counts as after the cancer.
    """
    first_surgery: date | None = None
    last_surgery: date | None = None
    """The last breast or axillary surgery."""
    in_situ_only: bool = False
    conflicting: Record | None = None
    """A later record that denies the history.

    The history remains in spite of the conflict.
    """
    suspected_metastasis: tuple[Record, ...] = ()


@cache
def _concepts(*groups: str) -> frozenset[str]:
    """Return the concepts of the named groups of rules/gate/rule.toml."""
    return frozenset(concept for group in groups for concept in sheet("gate").words[group])


@cache
def history_concepts() -> frozenset[str]:
    """Return the concepts that prove a breast cancer (GATE-1)."""
    return _concepts("primary", "nodes", "metastatic")


@cache
def deciding_concepts() -> frozenset[str]:
    """Return the concepts required for scope (GATE-1, GATE-2)."""
    return history_concepts() | {"excl_hospice"}


def concepts_of(record: Record, *groups: str) -> bool:
    """Return True for a concept in named groups of rules/gate/rule.toml."""
    return not record.concepts.isdisjoint(_concepts(*groups))


def is_stated(record: Record) -> bool:
    """Return True if a record states its concepts of the patient.

    Condition, Observation and Procedure count, current or past.
    """
    if record.kind is Kind.CONDITION:
        return record.verification not in NOT_TRUE
    if record.kind is Kind.PROCEDURE:
        return record.status not in NOT_HELD
    if record.kind is Kind.OBSERVATION:
        return record.status not in NOT_HELD and observed(record) is Presence.PRESENT
    return False


def is_proven(record: Record) -> bool:
    """Return True for more than a suspicion."""
    return is_stated(record) and record.verification not in UNPROVEN


def read_history(facts: Facts, as_of: date) -> History:
    """Return the history on a day (GATE-1) with dates (GATE-3)."""
    gate = sheet("gate")
    past = [record for record in facts.records if not _begins_later(record, as_of)]
    counting = _counting([record for record in facts.records if _may_prove(record, as_of)], gate)
    if not counting:
        return History()
    surgery = [record for record in past if concepts_of(record, "surgery") and was_done(record)]
    breast = [r for r in surgery if concepts_of(r, "breast_surgery") and not _prophylactic(r, past)]
    in_situ_only = all("bc_in_situ" in r.concepts and not _invasive(r, gate) for r in counting)
    return History(
        records=counting,
        index_date=_index_date(counting, breast, past, as_of),
        first_surgery=min(filter(None, (_surgery_day(r, gate, as_of) for r in breast)), default=None),
        last_surgery=max(filter(None, (_surgery_day(r, gate, as_of) for r in surgery)), default=None),
        in_situ_only=in_situ_only and not any(had_systemic_treatment(r, past, gate) for r in past),
        conflicting=_denial(past, counting, as_of),
        suspected_metastasis=tuple(
            r for r in past if concepts_of(r, "distant") and is_stated(r) and r.verification in UNPROVEN
        ),
    )


def _begins_later(record: Record, as_of: date) -> bool:
    """Return True if a record begins after the day."""
    dates = [when for when in (record.recorded, record.onset) if when is not None]
    return bool(dates) and all(day(when, as_of) is None for when in dates)


def _may_prove(record: Record, as_of: date) -> bool:
    """Return True for a past record, or a Condition with a mistyped date.

    The cancer exists although its date lies in the future, and the date does not count.
    """
    return record.kind is Kind.CONDITION or not _begins_later(record, as_of)


def _invasive(record: Record, gate: Sheet) -> bool:
    groups = ("primary", "nodes", "metastatic")
    return any(c != "bc_in_situ" and c in record.concepts for group in groups for c in gate.words[group])


def _counting(past: list[Record], gate: Sheet) -> tuple[Record, ...]:
    """Return the records of GATE-1.

    Spread counts if the cancer or the code itself proves it.
    """
    proven = [r for r in past if concepts_of(r, "primary", "nodes", "metastatic") and is_proven(r)]
    primary = any(concepts_of(r, "primary") for r in proven)
    other_primary = any("other_primary_cancer" in r.concepts and is_proven(r) for r in past)
    counting = []
    for record in proven:
        fluid = gate.code_sets["malignant_fluid"].any_of(record.codes)
        names_breast = gate.code_sets["names_the_breast"].any_of(record.codes)
        if concepts_of(record, "primary") or names_breast or (primary and not (fluid and other_primary)):
            counting.append(record)
    breast_named = primary or any(gate.code_sets["names_the_breast"].any_of(r.codes) for r in counting)
    return tuple(counting) if breast_named else ()


def was_done(record: Record) -> bool:
    """Return True for a treatment that took place.

    A Procedure, a visit for it or a stated diagnosis shows it. A visit counts by its type, not its reason, because the
    reason may not have been carried out.
    """
    if record.kind is Kind.PROCEDURE:
        return record.status not in NOT_DONE
    if record.kind is Kind.ENCOUNTER:
        return REASON not in record.categories and record.status not in NO_VISIT
    return is_stated(record)


def _prophylactic(record: Record, past: Iterable[Record]) -> bool:
    """Return True for a prophylactic removal on the day."""
    return "excl_prophylactic_surgery" in record.concepts or any(
        "excl_prophylactic_surgery" in other.concepts and other.recorded == record.recorded and is_stated(other)
        for other in past
    )


def _surgery_date(record: Record, gate: Sheet, as_of: date) -> Days | None:
    """Return the date of an operation.

    A history code is recorded when typed, so that only its onset counts, or a day of long ago on which it was
    performed.
    """
    if not gate.code_sets["typed_later"].any_of(record.codes):
        return record.onset or record.recorded
    if record.onset is not None or record.kind is not Kind.PROCEDURE:
        return record.onset
    performed = day(record.recorded, as_of)
    old = performed is not None and as_of - performed > gate.days("copied_days", as_of)
    return record.recorded if old else None


def _surgery_day(record: Record, gate: Sheet, as_of: date) -> date | None:
    return day(_surgery_date(record, gate, as_of), as_of)


def _index_date(
    counting: tuple[Record, ...], surgery: Iterable[Record], past: Iterable[Record], as_of: date
) -> date | None:
    """Return D0, the earliest possible day of the cancer (GATE-3).

    Its dates and those of its surgery count.
    """
    gate = sheet("gate")
    copied = any(
        "bc_personal_history" in r.concepts or gate.code_sets["past_treatment"].any_of(r.codes)
        for r in past
        if is_stated(r)
    )
    dates = [_cancer_date(record, gate, as_of, copied=copied) for record in counting]
    dates += [_surgery_date(record, gate, as_of) for record in surgery]
    return min((when.first for when in dates if when is not None and day(when, as_of)), default=None)


def _cancer_date(record: Record, gate: Sheet, as_of: date, *, copied: bool) -> Days | None:
    if record.kind is not Kind.CONDITION:
        return None
    if day(record.onset, as_of) is not None:
        return record.onset
    dated = concepts_of(record, "dated_cancer") and not gate.code_sets["typed_later"].any_of(record.codes)
    if not dated or record.recorded is None:
        return None
    typed = day(record.recorded, as_of)
    young = typed is not None and as_of - typed <= gate.days("copied_days", as_of)
    return None if young and (copied or record.clinical_status in ENDED) else record.recorded


def had_systemic_treatment(record: Record, past: Iterable[Record], gate: Sheet) -> bool:
    """Return True for drug treatment of invasive cancer."""
    if not concepts_of(record, "systemic"):
        return False
    if record.kind is Kind.MEDICATION_REQUEST:
        return record.status not in ("entered-in-error", "cancelled", "draft") and is_oncological(record, past, gate)
    return was_done(record)


def is_oncological(record: Record, past: Iterable[Record], gate: Sheet) -> bool:
    """Return True for a cytotoxic drug against cancer.

    Methotrexate needs a chemotherapy visit on record.
    """
    if not gate.code_sets["methotrexate"].any_of(record.codes):
        return True
    return any(gate.code_sets["chemotherapy_visit"].any_of(other.codes) and is_stated(other) for other in past)


def _denial(past: Iterable[Record], counting: tuple[Record, ...], as_of: date) -> Record | None:
    """Return a later record of "no history of breast cancer"."""
    dates = [when for record in counting if (when := evidence_date(record, as_of)) is not None]
    for record in past:
        said = evidence_date(record, as_of)
        if "excl_no_history" in record.concepts and is_stated(record) and said and dates and said > min(dates):
            return record
    return None


_WITHOUT_BREAST = frozenset({"tx_mastectomy", "tx_absence_breast"})


def absent_breasts(facts: Facts, as_of: date) -> frozenset[Side]:
    """Return the sides without a breast."""
    gone: set[Side] = set()
    for record in facts.records:
        if not was_done(record) or in_future(record, as_of):
            continue
        if not record.concepts.isdisjoint(_WITHOUT_BREAST):
            gone |= set(parts(record.side))
    return frozenset(gone)
