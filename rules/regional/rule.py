"""Rules REG-1 to REG-4.

Numbers and codes are in rule.toml and codes.csv only.
Tests: rules/regional/cases.yaml.
"""

from functools import cache

from rules.case import Case
from rules.evidence.presence import evidence_date, was_said
from rules.facts import Kind, Record
from rules.levels import apply_steps
from rules.outcome import Finding, Level, Outcome, Trigger
from rules.rule import rules_of
from rules.sheet import RuleInfo, sheet
from rules.sides import LEFT_AND_RIGHT, may_be
from rules.sites import Site
from rules.words import names

SHEET = sheet("regional")
CODES = SHEET.code_sets
VACCINATION = "vaccination"
AXILLARY, NECK = "axillary_lymphadenopathy", "supraclavicular_lymphadenopathy"


def _words(record: Record) -> tuple[str, ...]:
    return (*record.sites, *record.texts)


def _unplaced(record: Record) -> bool:
    return CODES["unplaced_node"].any_of(record.codes)


def _in_neck(record: Record) -> bool:
    return names(_words(record), "neck") or names(_words(record), "clavicle")


def _axillary(record: Record) -> bool:
    """Return True for a node of the axilla or without a place."""
    if CODES["arm_lump"].any_of(record.codes):
        return names(_words(record), "axilla")
    return not (_unplaced(record) and (names(_words(record), "not_regional") or _in_neck(record)))


def node_triggers(case: Case) -> tuple[Trigger, ...]:
    """Return the findings of REG-1 and REG-2."""
    found: list[Trigger] = []
    axillary = case.find(AXILLARY, local=True, where=_axillary)
    if axillary is not None:
        plan = "no_breast" if case.breasts_absent == LEFT_AND_RIGHT else "node"
        vaccinated = _vaccinated(case, axillary)
        found.append(Trigger("REG-1", Level.WARNING, axillary, explained_by=vaccinated, plan=plan))
    for concept in (NECK, AXILLARY):
        for clavicle, level in ((True, Level.WARNING), (False, Level.INFO)):
            node = case.find(concept, local=True, where=lambda r, c=clavicle: _of_neck(r, clavicle=c))  # type: ignore[misc]
            if node is not None:
                found.append(Trigger("REG-2", level, node, plan="neck", notes=("fossa",)))
    return tuple(found)


def _of_neck(record: Record, *, clavicle: bool) -> bool:
    by_code = CODES["supraclavicular"].any_of(record.codes)
    if AXILLARY in record.concepts and not (_unplaced(record) and _in_neck(record)):
        return False
    return (by_code or names(_words(record), "clavicle")) is clavicle


def _vaccinated(case: Case, node: Finding) -> tuple[str, ...]:
    """Return True for a vaccination shortly before the node."""
    if VACCINATION not in SHEET.rule("REG-1", case.as_of).alternatives:
        return ()
    last = node.started or case.as_of
    first = last - SHEET.days("vaccination_days", case.as_of)
    for record in case.facts.records:
        if record.kind is Kind.IMMUNIZATION and record.status == "completed":
            given = evidence_date(record, case.as_of)
            if given is not None and first <= given <= last:
                return (VACCINATION,)
    return ()


@cache
def explained_by_vaccination() -> frozenset[str]:
    """Return the concepts that a vaccination may explain.

    Without them no vaccination has to be read.
    """
    infos = (info for versions in SHEET.versions.values() for info in versions if VACCINATION in info.alternatives)
    return frozenset(concept for info in infos for concept in info.triggers)


def reg_1(case: Case, rule: RuleInfo) -> Outcome:
    """A node of the axilla is a warning.

    A recent vaccination explains it.
    """
    return case.outcome(rule, [t for t in case.once(node_triggers) if t.rule == rule.id])


def reg_2(case: Case, rule: RuleInfo) -> Outcome:
    """A node at the clavicle is a warning.

    Elsewhere on the neck it is info.
    """
    return case.outcome(rule, [t for t in case.once(node_triggers) if t.rule == rule.id])


def reg_3(case: Case, rule: RuleInfo) -> Outcome:
    """Nodes in many places are info."""
    found = case.find("generalized_lymphadenopathy", local=True)
    trigger = Trigger(rule.id, Level.INFO, found, plan="generalised", notes=("as_likely",)) if found else None
    return case.outcome(rule, [trigger])


def reg_4(case: Case, rule: RuleInfo) -> Outcome:
    """A late new swelling of the arm is info.

    With a node it has the node's level, with arm neurology it is a warning.
    """
    swelling = case.find("arm_swelling", local=True)
    if swelling is None or not _late_and_new(case, swelling):
        return case.outcome(rule, ())
    nodes = [
        judged for trigger in case.once(node_triggers) if (judged := apply_steps(case, Site.REGIONAL, trigger)).level
    ]
    neurology = _arm_neurology(case)
    levels = [judged.level for judged in nodes if judged.level is not None]
    level = Level.WARNING if neurology else max(levels, default=Level.INFO)
    others = (*neurology, *(judged.trigger.finding for judged in nodes))
    notes = ("thrombosis", "plexus") if neurology else ("thrombosis",)
    return case.outcome(rule, [Trigger(rule.id, level, swelling, others=others, plan="arm", notes=notes)])


def _late_and_new(case: Case, swelling: Finding) -> bool:
    """Return True for a new swelling long after surgery.

    It is too late for the usual sequel.
    """
    since = case.ago(SHEET.days("swelling_new_days", case.as_of))
    if swelling.started is None or swelling.started < since:
        return False
    last = case.history.last_surgery
    if last is not None and swelling.started - last <= SHEET.days("swelling_late_days", case.as_of):
        return False
    records = (record for record in case.records("arm_swelling") if may_be(record.side, swelling.side))
    said = (record for record in records if was_said(record, case.as_of))
    earlier = (evidence_date(record, case.as_of) for record in said)
    return not any(when is not None and when < since for when in earlier)


def _arm_neurology(case: Case) -> tuple[Finding, ...]:
    def of_arm(record: Record) -> bool:
        return CODES["arm_weakness"].any_of(record.codes) or names(_words(record), "arm")

    found = (case.find(c, where=of_arm) for c in ("focal_weakness", "sensory_change", "radicular_pain"))
    return tuple(finding for finding in found if finding is not None)


RULES = rules_of(
    Site.REGIONAL,
    "REG",
    reg_1,
    reg_2,
    reg_3,
    reg_4,
)
