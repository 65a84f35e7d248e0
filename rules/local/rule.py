"""Rules LOC-1 to LOC-10.

Numbers and codes are in rule.toml and codes.csv only.
Tests: rules/local/cases.yaml.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from rules.case import Case
from rules.evidence.presence import start_date
from rules.facts import Record, Side
from rules.outcome import Finding, Level, Outcome, Trigger
from rules.rule import rules_of
from rules.sheet import RuleInfo, plan_keys, sheet
from rules.sides import LEFT_AND_RIGHT, may_be, parts
from rules.sites import Site
from rules.words import names

SHEET = sheet("local")
POSTOPERATIVE = "alt_postop_breast"
LUMPS = ("breast_lump", "breast_imaging_mass")
INFLAMED = ("breast_inflammation", "breast_redness_generic")
SKIN = ("breast_skin_change", "nipple_paget")
OTHER = ("breast_other_sign", "nipple_problem")


def _words(record: Record) -> tuple[str, ...]:
    return (*record.sites, *record.texts)


def _at_breast(record: Record) -> bool:
    return names(_words(record), "breast")


def _postoperative(case: Case, finding: Finding) -> bool:
    """Return True for a seroma or the like after a dated surgery.

    It is recorded within a year before the finding.
    """
    surgery = case.history.first_surgery
    if surgery is None:
        return False
    last = finding.newest or case.as_of
    first = max(surgery, last - SHEET.days("postoperative_days", case.as_of))
    return case.dated(POSTOPERATIVE, first, last) is not None


def _lately(case: Case) -> Mapping[str, bool]:
    """Return explanations that hold by date.

    They are lactation and pregnancy of the last year and radiotherapy of the last weeks.
    """
    skin = SHEET.days("radiation_skin_days", case.as_of)
    return {
        "alt_lactation_mastitis": "alt_lactation_mastitis" in case.childbearing,
        "alt_pregnancy": "alt_pregnancy" in case.childbearing,
        "tx_radiotherapy": case.radiotherapy_within(timedelta(), skin),
    }


def loc_1(case: Case, rule: RuleInfo) -> Outcome:
    """A lump or a mass on imaging is a warning.

    A seroma or the like, or recent surgery, explains it.
    """
    triggers = []
    for finding in case.find_any(*LUMPS, local=True):
        operated = case.surgery_within(SHEET.days("recent_surgery_days", case.as_of))
        given = {POSTOPERATIVE: _postoperative(case, finding), "surgery": operated}
        explained = case.explanations(rule.alternatives, given)
        triggers.append(Trigger(rule.id, Level.WARNING, finding, explained_by=explained))
    return case.outcome(rule, triggers)


def loc_2(case: Case, rule: RuleInfo) -> Outcome:
    """Inflammation of the breast is a warning.

    Lactation, pregnancy or radiotherapy explains it.
    """
    erythema = SHEET.code_sets["redness_needs_breast"]

    def counts(record: Record) -> bool:
        return not erythema.any_of(record.codes) or _at_breast(record)

    explained = case.explanations(rule.alternatives, case.once(_lately))
    found = (case.find(concept, local=True, where=counts) for concept in INFLAMED)
    triggers = [
        Trigger(rule.id, Level.WARNING, finding, explained_by=explained, notes=("mastitis",))
        for finding in found
        if finding
    ]
    return case.outcome(rule, triggers)


def loc_3(case: Case, rule: RuleInfo) -> Outcome:
    """A retracted nipple is a warning.

    A congenital one and one from before the cancer do not count.
    """
    finding = case.find("nipple_retraction", local=True)
    explained = case.explanations(rule.alternatives) if finding else ()
    counts = finding is not None and not explained and not _began_before(case, finding)
    triggers = [Trigger(rule.id, Level.WARNING, finding)] if finding and counts else []
    return case.outcome(rule, triggers, explained_by=explained)


def _began_before(case: Case, finding: Finding) -> bool:
    """Return True for an episode that began before the cancer.

    An unknown date did not. Of two sides each must have.
    """
    index = case.history.index_date
    sides = parts(finding.side) or (None,)
    return index is not None and all(_was_there(case, finding, side, index) for side in sides)


def _was_there(case: Case, finding: Finding, side: Side | None, index: date) -> bool:
    """Return True for a retraction of a side from before the cancer."""
    started, as_of = finding.started_on(side), case.as_of
    if started is not None and started < index:
        return True
    old = [r for r in case.standing(finding.concept) if may_be(r.side, side)]
    starts = (start_date(record, as_of) for record in old)
    return any(start is not None and start < index for start in starts)


def _bloody(record: Record) -> bool:
    return names(record.texts, "blood")


def _purulent(record: Record) -> bool:
    return names(record.texts, "pus")


def loc_4(case: Case, rule: RuleInfo) -> Outcome:
    """Bleeding from the nipple is a warning without explanation.

    Bloody discharge counts as bleeding.
    """
    found = (
        case.find("nipple_bleeding", local=True),
        case.find("nipple_discharge", local=True, where=_bloody),
    )
    triggers = [Trigger(rule.id, Level.WARNING, finding) for finding in found if finding]
    return case.outcome(rule, triggers)


def loc_5(case: Case, rule: RuleInfo) -> Outcome:
    """Pus or an abscess is a warning.

    Lactation explains it.
    """
    found = (
        case.find("breast_pus_abscess", local=True),
        case.find("nipple_discharge", local=True, where=_purulent),
    )
    explained = case.explanations(rule.alternatives)
    triggers = [
        Trigger(rule.id, Level.WARNING, finding, explained_by=explained, notes=("abscess",))
        for finding in found
        if finding
    ]
    return case.outcome(rule, triggers)


def loc_6(case: Case, rule: RuleInfo) -> Outcome:
    """Other nipple discharge is a warning.

    Milky or bilateral discharge, galactorrhoea, lactation and pregnancy exclude it.
    """

    def counts(record: Record) -> bool:
        harmless = names(_words(record), "milky") or names(_words(record), "bilateral") or record.side is Side.BOTH
        return not (harmless or _bloody(record) or _purulent(record))

    finding = case.find("nipple_discharge", local=True, where=counts)
    explained = case.explanations(rule.alternatives, case.once(_lately)) if finding else ()
    triggers = [Trigger(rule.id, Level.WARNING, finding)] if finding and not explained else []
    return case.outcome(rule, triggers, explained_by=explained)


def loc_7(case: Case, rule: RuleInfo) -> Outcome:
    """A skin change or Paget's disease is a warning.

    Radiotherapy explains thickening and discolouration.
    """
    texture, irradiated = SHEET.code_sets["skin_needs_breast"], SHEET.code_sets["radiation_skin"]

    def counts(record: Record) -> bool:
        return not texture.any_of(record.codes) or _at_breast(record)

    triggers = []
    for concept in SKIN:
        finding = case.find(concept, local=True, where=counts)
        if finding is not None:
            by_rays = all(irradiated.any_of(record.codes) for record in finding.records)
            explained = case.explanations(rule.alternatives, case.once(_lately)) if by_rays else ()
            triggers.append(Trigger(rule.id, Level.WARNING, finding, explained_by=explained))
    return case.outcome(rule, triggers)


def loc_8(case: Case, rule: RuleInfo) -> Outcome:
    """A nodule on chest wall or scar is a warning.

    Tissue gives the diagnosis.
    """
    always, trunk = SHEET.code_sets["chest_wall_mass"], SHEET.code_sets["trunk_mass"]
    mastectomy = case.had_mastectomy

    def counts(record: Record) -> bool:
        if always.any_of(record.codes):
            return True
        if names(_words(record), "elsewhere_on_trunk"):
            return False
        return (mastectomy and trunk.any_of(record.codes)) or _at_breast(record)

    finding = case.find("chest_wall_nodule", local=True, where=counts)
    recent = bool(case.within(SHEET.days("postoperative_days", case.as_of), POSTOPERATIVE))
    explained = case.explanations(rule.alternatives, {POSTOPERATIVE: recent})
    found = (finding,) if finding else ()
    triggers = [Trigger(rule.id, Level.WARNING, f, explained_by=explained, plan="chest_wall") for f in found]
    return case.outcome(rule, triggers)


def loc_9(case: Case, rule: RuleInfo) -> Outcome:
    """Another sign in the breast is info.

    Lactation, pregnancy, radiotherapy, surgery or an implant explains it.
    """
    explained = case.explanations(rule.alternatives, case.once(_lately))
    found = case.find_any(*OTHER, local=True)
    triggers = [Trigger(rule.id, Level.INFO, finding, explained_by=explained) for finding in found]
    return case.outcome(rule, triggers)


def loc_10(case: Case, rule: RuleInfo) -> Outcome:
    """Lasting or severe breast pain is info.

    An implant, lactation or pregnancy explains it.
    """
    finding = case.find("breast_pain", local=True)
    if finding is not None and not (finding.persistent or finding.severe):
        finding = None
    explained = case.explanations(rule.alternatives, case.once(_lately))
    trigger = Trigger(rule.id, Level.INFO, finding, explained_by=explained) if finding else None
    return case.outcome(rule, [trigger])


def primary_keys(case: Case, level: Level, triggers: tuple[Trigger, ...]) -> tuple[str, ...]:
    """Return the work-up of the breast.

    Ultrasound comes first for young, pregnant or lactating patients and without breasts.
    """
    usual = SHEET.workup[level.indicator]
    limit = sheet("evidence").limit("ultrasound_first_age", case.as_of)
    young = case.age is not None and case.age < limit
    no_breast = case.breasts_absent == LEFT_AND_RIGHT
    if young or no_breast or case.pregnant or "alt_lactation_mastitis" in case.childbearing:
        usual = SHEET.workup["ultrasound_first"]
    keys = [key for t in triggers for key in (plan_keys("local", t.plan, level) if t.plan else usual)]
    return tuple(dict.fromkeys(keys))


RULES = rules_of(
    Site.LOCAL,
    "LOC",
    loc_1,
    loc_2,
    loc_3,
    loc_4,
    loc_5,
    loc_6,
    loc_7,
    loc_8,
    loc_9,
    loc_10,
)
