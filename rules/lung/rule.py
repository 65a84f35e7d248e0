"""Rules LUNG-1 to LUNG-6.

Numbers and codes are in rule.toml and codes.csv only.
Tests: rules/lung/cases.yaml.
"""

from datetime import date

from rules.case import Case
from rules.evidence.presence import evidence_date
from rules.facts import Record
from rules.labs.value import BELOW
from rules.labs.vital import SPO2, newest_vital, unusable_vitals
from rules.liver.rule import loss_triggers
from rules.outcome import Finding, Level, Missing, Outcome, Trigger
from rules.rule import rules_of
from rules.sheet import RuleInfo, sheet
from rules.sites import Site
from rules.units import factor
from rules.words import names

SHEET = sheet("lung")
CODES = SHEET.code_sets
DRUGS = ("tx_her2", "tx_other_targeted")
FAILING = (SPO2, "resp_rate")
UNSTABLE = (SPO2, "heart_rate", "bp_systolic")


def lung_1(case: Case, rule: RuleInfo) -> Outcome:
    """Breathlessness is info, a warning or critical.

    It is info if mild, and critical with low oxygen or fast breathing. Drugs are named.
    """
    triggers: list[Trigger] = []
    unusable: tuple[Missing, ...] = ()
    dyspnea = case.find("dyspnea")
    if dyspnea is not None:
        unusable = unusable_vitals(case, FAILING)
        vital = _failing(case)
        level = Level.CRITICAL if vital else Level.INFO if dyspnea.mild else Level.WARNING
        explained = _explained(case, rule, dyspnea)
        triggers.append(Trigger(rule.id, level, dyspnea, others=vital, explained_by=explained))
    distress = case.find("acute_respiratory_distress")
    if distress is not None:
        triggers.append(Trigger(rule.id, Level.CRITICAL, distress))
    if _on_toxic_drug(case):
        triggers += [
            Trigger(rule.id, Level.WARNING, finding, never_lowered=True, notes=("pneumonitis",))
            for finding in case.find_any("dyspnea", "cough")
        ]
    return case.outcome(rule, triggers, unusable)


def _low_oxygen(case: Case) -> tuple[Finding, ...]:
    """Return a low oxygen saturation.

    The limit is lower with COPD.
    """
    found = newest_vital(case, SPO2)
    limit = SHEET.limit("spo2_copd", case.as_of) if case.explained("alt_copd") else SHEET.limit("spo2", case.as_of)
    return (found.as_finding(),) if found and found.value < limit else ()


def _failing(case: Case) -> tuple[Finding, ...]:
    """Return low oxygen and fast breathing."""
    rate = newest_vital(case, "resp_rate")
    fast = (rate.as_finding(),) if rate and rate.value >= SHEET.limit("resp_rate", case.as_of) else ()
    return (*_low_oxygen(case), *fast)


def _on_toxic_drug(case: Case) -> bool:
    """Return True for a drug that inflames the lung.

    It is active or was ordered within its window.
    """
    since = case.ago(SHEET.days("drug_days", case.as_of))
    drugs = [r for concept in DRUGS for r in case.records(concept) if CODES["pneumonitis_drugs"].any_of(r.codes)]
    return any(
        record.status == "active" or (when is not None and when >= since)
        for record in drugs
        if record.status not in ("entered-in-error", "cancelled", "draft")
        for when in (evidence_date(record, case.as_of),)
    )


def _explained(case: Case, rule: RuleInfo, symptom: Finding) -> tuple[str, ...]:
    """Return explanations of breathlessness or cough.

    They are lung and heart disease, infection, embolism and radiotherapy.
    """
    near = SHEET.days("infection_days", case.as_of)
    dates = [when for r in symptom.records if (when := evidence_date(r, case.as_of)) is not None]
    infected = any(case.dated("alt_respiratory_infection", when - near, when + near) for when in dates)
    irradiated = case.radiotherapy_within(
        SHEET.days("radiation_from_days", case.as_of), SHEET.days("radiation_to_days", case.as_of)
    )
    given = {"alt_respiratory_infection": infected, "tx_radiotherapy": irradiated}
    return case.explanations(rule.alternatives, given)


def lung_2(case: Case, rule: RuleInfo) -> Outcome:
    """A lasting cough is info or a warning.

    It is a warning with breathlessness, chest pain, hoarseness or loss of weight.
    """
    cough = case.find("cough", where=lambda record: not CODES["acute_cough"].any_of(record.codes))
    if cough is None or not cough.persistent:
        return case.outcome(rule, ())
    others = (
        *case.find_any("dyspnea", "chest_pain", "hoarseness"),
        *(trigger.finding for trigger in case.once(loss_triggers)),
    )
    trigger = Trigger(
        rule.id,
        Level.WARNING if others else Level.INFO,
        cough,
        others=others,
        explained_by=_explained(case, rule, cough),
    )
    return case.outcome(rule, [trigger])


def lung_3(case: Case, rule: RuleInfo) -> Outcome:
    """Haemoptysis is a warning or critical.

    It is critical if massive, or with low oxygen, a fast heart or low blood pressure.
    """
    blood = case.find("hemoptysis")
    if blood is None:
        return case.outcome(rule, ())
    unstable = (*_low_oxygen(case), *_unstable(case))
    critical = bool(unstable) or any(_massive(record, case.as_of) for record in blood.records)
    level = Level.CRITICAL if critical else Level.WARNING
    trigger = Trigger(rule.id, level, blood, others=unstable, holds_in_every_state=True)
    return case.outcome(rule, [trigger], unusable_vitals(case, UNSTABLE))


def _massive(record: Record, as_of: date) -> bool:
    """Return True for a life-threatening daily volume of blood."""
    quantity = record.value.quantity
    if quantity is None or quantity.comparator in BELOW:
        return False
    millilitres = factor(quantity, SHEET.units["volume_units"])
    return millilitres is not None and quantity.value * millilitres >= SHEET.limit("massive_ml", as_of)


def _unstable(case: Case) -> tuple[Finding, ...]:
    heart, pressure = newest_vital(case, "heart_rate"), newest_vital(case, "bp_systolic")
    fast = (heart.as_finding(),) if heart and heart.value >= SHEET.limit("heart_rate", case.as_of) else ()
    low = (pressure.as_finding(),) if pressure and pressure.value < SHEET.limit("systolic", case.as_of) else ()
    return (*fast, *low)


def lung_4(case: Case, rule: RuleInfo) -> Outcome:
    """Pleural effusion or a lung nodule is a warning.

    Heart failure explains an effusion.
    """
    triggers = [
        Trigger(
            rule.id,
            Level.WARNING,
            finding,
            explained_by=case.explanations(rule.alternatives) if finding.concept == "pleural_effusion" else (),
            holds_in_every_state=case.under_treatment,
        )
        for finding in case.find_any("pleural_effusion", "lung_nodule_imaging")
    ]
    return case.outcome(rule, triggers)


def lung_5(case: Case, rule: RuleInfo) -> Outcome:
    """Chest pain is info unless mild.

    Heart attack and embolism come first.
    """
    pain = case.find("chest_pain")
    found = (pain,) if pain and not pain.mild else ()
    triggers = [Trigger(rule.id, Level.INFO, finding, notes=("heart_first",)) for finding in found]
    return case.outcome(rule, triggers)


def lung_6(case: Case, rule: RuleInfo) -> Outcome:
    """Obstruction of the superior vena cava is critical.

    A compressed vein counts only if the text names that vein.
    """

    def counts(record: Record) -> bool:
        return not CODES["vein"].any_of(record.codes) or names((*record.sites, *record.texts), "vena_cava")

    blocked = case.find("svc_obstruction", where=counts)
    return case.outcome(rule, [Trigger(rule.id, Level.CRITICAL, blocked) if blocked else None])


RULES = rules_of(
    Site.LUNG,
    "LUNG",
    lung_1,
    lung_2,
    lung_3,
    lung_4,
    lung_5,
    lung_6,
)
