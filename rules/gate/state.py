"""Disease state, the first match wins (STATE-1 to STATE-8, GATE-2).

Tests: tests/rules/test_gate.py, rules/gate/cases.yaml.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rules.evidence.presence import day, evidence_date, has_ended, in_future
from rules.facts import Facts, Kind, Person, Record
from rules.gate.history import History, concepts_of, had_systemic_treatment, is_oncological, is_stated, was_done
from rules.sheet import Sheet, sheet
from rules.sites import LOCOREGIONAL, Site

NOT_ONGOING = frozenset({"completed", "revoked", "entered-in-error", "cancelled", "planned", "draft", "not-done"})
DRUG_ENDED = frozenset({"stopped", "cancelled", "entered-in-error", "draft"})
_METASTATIC_SITE = {
    "bc_metastatic_lung": Site.LUNG,
    "bc_metastatic_liver": Site.LIVER,
    "bc_metastatic_brain": Site.BRAIN,
    "bc_metastatic_bone": Site.BONE,
}


class State(StrEnum):
    """Names of STATE-1 to STATE-8."""

    SUPPRESSED = "suppressed"
    NONE = "none"
    KNOWN_METASTATIC = "known-metastatic"
    KNOWN_RECURRENT_LOCAL = "known-recurrent-local"
    ACTIVE_PRIMARY_TREATMENT = "active-primary-treatment"
    NEWLY_DIAGNOSED = "newly-diagnosed"
    IN_SITU_ONLY = "in-situ-only"
    TREATED = "treated"


KNOWN_DISEASE = frozenset({State.KNOWN_METASTATIC, State.KNOWN_RECURRENT_LOCAL, State.NEWLY_DIAGNOSED})
"""States with a tumour on record.

A biopsy is no longer the first of the disease.
"""


@dataclass(frozen=True, slots=True)
class DiseaseState:
    """The state and its effect on a site."""

    state: State
    known_sites: frozenset[Site] = frozenset()
    """Sites with known metastases."""
    palliative: bool = False
    """True for palliative care or a hospice referral.

    The card then asks about the goals of care.
    """

    def lowers(self, site: Site) -> bool:
        """Return True if the state lowers findings of a site."""
        if self.state is State.KNOWN_METASTATIC:
            return site in self.known_sites
        if self.state is State.KNOWN_RECURRENT_LOCAL:
            return site in LOCOREGIONAL
        return self.state is State.ACTIVE_PRIMARY_TREATMENT


def disease_state(facts: Facts, history: History, as_of: date) -> DiseaseState:
    """Return the state of a patient on a day."""
    if _is_dead(facts.person, as_of) or any(_in_hospice(record, as_of) for record in facts.records):
        return DiseaseState(State.SUPPRESSED)
    if not history.records:
        return DiseaseState(State.NONE)
    gate = sheet("gate")
    known = frozenset(
        site for r in history.records for concept, site in _METASTATIC_SITE.items() if concept in r.concepts
    )
    return DiseaseState(_state(facts, history, as_of, gate), known, _palliative(facts, as_of, gate))


def _is_dead(person: Person, as_of: date) -> bool:
    return person.deceased or day(person.died, as_of) is not None


def is_death_unknown(person: Person, as_of: date) -> bool:
    """Return True for a date of death that cannot be, such as one in the future."""
    return not _is_dead(person, as_of) and (person.died is not None or person.death_unread)


def _state(facts: Facts, history: History, as_of: date, gate: Sheet) -> State:
    if any(concepts_of(record, "distant") for record in history.records):
        return State.KNOWN_METASTATIC
    if any(concepts_of(record, "recurrent") for record in history.records):
        return State.KNOWN_RECURRENT_LOCAL
    if any(_active_treatment(record, facts.records, as_of, gate) for record in facts.records):
        return State.ACTIVE_PRIMARY_TREATMENT
    new = history.index_date is not None and as_of - history.index_date <= gate.days("new_days", as_of)
    if new and not any(_treated(record, facts.records, gate) for record in facts.records):
        return State.NEWLY_DIAGNOSED
    return State.IN_SITU_ONLY if history.in_situ_only else State.TREATED


def _in_hospice(record: Record, as_of: date) -> bool:
    """Return True for current hospice care within the year (GATE-2)."""
    gate = sheet("gate")
    if "excl_hospice" not in record.concepts or gate.code_sets["hospice_referral"].any_of(record.codes):
        return False
    if not _goes_on(record, as_of):
        return False
    said = evidence_date(record, as_of)
    return said is not None and as_of - said <= gate.days("hospice_days", as_of)


def _goes_on(record: Record, as_of: date) -> bool:
    if record.kind is Kind.CONDITION:
        return is_stated(record) and not has_ended(record, as_of)
    if record.kind is Kind.PROCEDURE:
        return was_done(record)
    return record.kind in (Kind.ENCOUNTER, Kind.CARE_PLAN) and record.status not in NOT_ONGOING


def _palliative(facts: Facts, as_of: date, gate: Sheet) -> bool:
    def asks(record: Record) -> bool:
        referral = gate.code_sets["hospice_referral"].any_of(record.codes)
        return (
            (referral or "excl_palliative" in record.concepts)
            and record.status not in ("entered-in-error", "cancelled", "not-done")
            and (record.kind is not Kind.CONDITION or (is_stated(record) and not has_ended(record, as_of)))
            and not in_future(record, as_of)
        )

    return any(asks(record) for record in facts.records)


def _active_treatment(record: Record, past: Iterable[Record], as_of: date, gate: Sheet) -> bool:
    said = as_of if record.ongoing else evidence_date(record, as_of)
    if said is None:
        return False
    recent = as_of - said <= gate.days("treatment_days", as_of)
    if record.kind is Kind.MEDICATION_REQUEST:
        if "tx_cytotoxic" not in record.concepts or not is_oncological(record, past, gate):
            return False
        running = record.status == "active" and as_of - said <= gate.days("order_active_days", as_of)
        return running or (recent and record.status not in DRUG_ENDED)
    return recent and was_done(record) and _is_treatment(record, gate)


def _is_treatment(record: Record, gate: Sheet) -> bool:
    """Return True for treatment on its day, history codes excluded.

    Chemotherapy, radiotherapy and surgery count.
    """
    if concepts_of(record, "surgery"):
        return not gate.code_sets["typed_later"].any_of(record.codes)
    if "tx_chemotherapy" in record.concepts:
        return not gate.code_sets["past_chemotherapy"].any_of(record.codes)
    return "tx_radiotherapy" in record.concepts and not gate.code_sets["past_radiotherapy"].any_of(record.codes)


def _treated(record: Record, past: Iterable[Record], gate: Sheet) -> bool:
    """Return True for surgery, chemotherapy or radiotherapy of any date."""
    treatments = ("tx_chemotherapy", "tx_radiotherapy", "tx_absence_breast")
    if concepts_of(record, "surgery") or any(concept in record.concepts for concept in treatments):
        return record.kind is not Kind.SERVICE_REQUEST and was_done(record)
    return "tx_cytotoxic" in record.concepts and had_systemic_treatment(record, past, gate)
