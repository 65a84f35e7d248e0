"""Rules BONE-1 to BONE-6.

Numbers and codes are in rule.toml and codes.csv only.
Tests: rules/bone/cases.yaml.
"""

from decimal import Decimal

from rules.bone.cord import CODES, SHEET, cord
from rules.bone.laboratory import ALP, calcium, low_counts, raised_alp
from rules.case import Case
from rules.facts import Record
from rules.labs.value import unusable
from rules.outcome import Finding, Level, Outcome, Trigger
from rules.rule import rules_of
from rules.sheet import RuleInfo, sheet
from rules.sites import Site

THORACIC = "spine_pain_thoracic"
SPINE = (THORACIC, "spine_pain_other", "radicular_pain")


def bone_1(case: Case, rule: RuleInfo) -> Outcome:
    """Bone pain is a warning, and info if mild.

    Pain of hip, pelvis or thigh is info if it lasts or is severe.
    """
    triggers = []
    pain = case.find("bone_pain")
    if pain is not None:
        level = Level.INFO if pain.mild else Level.WARNING
        triggers.append(Trigger(rule.id, level, pain, explained_by=_explained(case, rule, pain)))
    limb = case.find("limb_girdle_pain")
    if limb is not None and (limb.persistent or limb.severe):
        triggers.append(Trigger(rule.id, Level.INFO, limb, explained_by=_explained(case, rule, limb)))
    return case.outcome(rule, triggers)


def _explained(case: Case, rule: RuleInfo, pain: Finding) -> tuple[str, ...]:
    """Return wear, or a strain before the pain, as explanation.

    An alarming pain has no explanation.
    """
    if pain.changed or pain.nocturnal or CODES["malignant_pain"].any_of(pain.codes):
        return ()
    began = pain.started or case.as_of
    strained = case.dated("alt_mechanical_trauma", began - SHEET.days("strain_days", case.as_of), began) is not None
    return case.explanations(rule.alternatives, {"alt_mechanical_trauma": strained})


def bone_2(case: Case, rule: RuleInfo) -> Outcome:
    """Spine pain is a warning or info.

    Thoracic pain is a warning. Other pain is one if it lasts, is severe, worse or nocturnal.
    """
    triggers = case.once(_spine_triggers)
    return case.outcome(rule, triggers)


def _spine_triggers(case: Case) -> tuple[Trigger, ...]:
    found = (_spine(case, pain) for pain in case.find_any(*SPINE))
    return tuple(trigger for trigger in found if trigger is not None)


def _spine(case: Case, pain: Finding) -> Trigger | None:
    alarming = pain.changed or pain.nocturnal
    lasting = pain.persistent or alarming
    if pain.mild and not lasting:
        return None
    thoracic = pain.concept == THORACIC
    level = Level.WARNING if thoracic or lasting else Level.INFO
    at_once = thoracic or alarming or CODES["cervical"].any_of(pain.codes)
    rule = SHEET.rule("BONE-2", case.as_of)
    return Trigger(
        rule.id,
        level,
        pain,
        explained_by=() if thoracic else _explained(case, rule, pain),
        holds_in_every_state=thoracic or alarming,
        notes=("mscc",) if at_once else (),
        plan="spine",
    )


def bone_3(case: Case, rule: RuleInfo) -> Outcome:
    """A pathological fracture is a warning in every state.

    A collapsed vertebra counts as one.
    """
    fracture = case.find("pathological_fracture")
    trigger = Trigger(rule.id, Level.WARNING, fracture, holds_in_every_state=True) if fracture else None
    return case.outcome(rule, [trigger])


def _pains(case: Case) -> tuple[Finding, ...]:
    """Return the findings of BONE-1 to BONE-3."""
    pains = case.find_any("bone_pain", "pathological_fracture")
    limb = case.find("limb_girdle_pain")
    spine = [trigger.finding for trigger in case.once(_spine_triggers)]
    return (*pains, *spine, *((limb,) if limb and (limb.persistent or limb.severe) else ()))


def bone_4(case: Case, rule: RuleInfo) -> Outcome:
    """Raised calcium or an alkaline phosphatase of bone."""
    pains = case.once(_pains)
    measured = case.once(calcium)
    triggers = []
    coded = case.find("hypercalcemia")
    if coded is not None:
        triggers.append(_calcium(case, rule, coded, marked=True))
    if measured.finding is not None and measured.value is not None:
        marked = measured.value >= SHEET.limit("calcium_marked", case.as_of) or bool(pains)
        triggers.append(_calcium(case, rule, measured.finding, marked=marked, value=measured.value))
    alp = raised_alp(case)
    if alp is not None:
        level = Level.WARNING if pains else Level.INFO
        triggers.append(Trigger(rule.id, level, alp.as_finding(), others=pains))
    return case.outcome(rule, triggers, (*measured.unusable, *unusable(case, (ALP,))))


def _calcium(case: Case, rule: RuleInfo, finding: Finding, *, marked: bool, value: Decimal = Decimal(0)) -> Trigger:
    """Return the trigger of a raised calcium.

    It is critical if very high, with confusion, or marked with other signs.
    """
    drowsy = CODES["drowsy"]
    confusion = case.find("confusion", where=lambda record: not drowsy.any_of(record.codes))
    signs = () if confusion is None else (confusion,)
    if value >= SHEET.limit("calcium_marked", case.as_of):
        drowsiness = case.find("confusion", where=lambda record: drowsy.any_of(record.codes))
        signs = (*signs, *case.find_any("vomiting", "cognitive_change", "muscle_weakness_general"))
        signs = signs if drowsiness is None else (*signs, drowsiness)
    if signs or value >= SHEET.limit("calcium_critical", case.as_of):
        return Trigger(rule.id, Level.CRITICAL, finding, others=signs, plan="calcium", notes=("calcium_now",))
    return Trigger(
        rule.id,
        Level.WARNING if marked else Level.INFO,
        finding,
        others=case.once(_pains),
        explained_by=case.explanations(rule.alternatives),
        plan="calcium",
        notes=("calcium_repeat",),
    )


def bone_5(case: Case, rule: RuleInfo) -> Outcome:
    """A compressed cord or cauda equina is critical."""
    signs = case.once(cord)
    triggers = [Trigger(rule.id, Level.CRITICAL, finding, plan="cord", notes=("cord",)) for finding in signs.alone]
    triggers += [
        Trigger(rule.id, Level.CRITICAL, pair[0], others=pair[1:], plan="cord", notes=("cord",)) for pair in signs.pairs
    ]
    return case.outcome(rule, triggers)


def bone_6(case: Case, rule: RuleInfo) -> Outcome:
    """Low blood counts are a warning or info.

    Two together or pancytopenia are a warning, platelets alone info. Drugs explain them.
    """
    explained = _marrow_drugs(case, rule)
    triggers = []
    coded = case.find("cytopenia_coded", where=lambda r: not CODES["anaemia"].any_of(r.codes))
    if coded is not None:
        grave = any(not CODES["low_platelets"].any_of(record.codes) for record in coded.records)
        level = Level.WARNING if grave else Level.INFO
        triggers.append(_marrow(level, coded, (), explained))
    counts = low_counts(case)
    if counts.together:
        first, *others = (value.as_finding() for value in counts.together)
        triggers.append(_marrow(Level.WARNING, first, tuple(others), explained))
    elif counts.platelets is not None:
        triggers.append(_marrow(Level.INFO, counts.platelets.as_finding(), (), explained))
    return case.outcome(rule, triggers, counts.unusable)


def _marrow(level: Level, finding: Finding, others: tuple[Finding, ...], explained: tuple[str, ...]) -> Trigger:
    return Trigger("BONE-6", level, finding, others=others, explained_by=explained, plan="marrow")


def _given_now(record: Record) -> bool:
    """Return True for chemotherapy on the day it was given."""
    return not sheet("gate").code_sets["past_chemotherapy"].any_of(record.codes)


def _marrow_drugs(case: Case, rule: RuleInfo) -> tuple[str, ...]:
    """Return drugs that lower blood counts by themselves."""

    def lowers_counts(concept: str) -> bool:
        return any(CODES["marrow_drugs"].any_of(record.codes) for record in case.standing_records(concept))

    recent = case.ago(SHEET.days("cytotoxic_days", case.as_of))
    given = {concept: lowers_counts(concept) for concept in ("tx_her2", "tx_other_targeted")}
    given["tx_cytotoxic"] = case.dated("tx_cytotoxic", recent, case.as_of) is not None
    given["tx_chemotherapy"] = case.dated("tx_chemotherapy", recent, case.as_of, _given_now) is not None
    return case.explanations(rule.alternatives, given)


RULES = rules_of(
    Site.BONE,
    "BONE",
    bone_1,
    bone_2,
    bone_3,
    bone_4,
    bone_5,
    bone_6,
)
