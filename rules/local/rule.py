"""LOC: a new lump, inflammation, nipple or skin change of the breast or chest wall (rules.md section 5).

Must not hold numbers or codes: they stand in rule.toml and codes.csv.
Tests: rules/local/cases.yaml.
"""

from rules.case import Case
from rules.facts import Record
from rules.outcome import Finding, Level, Outcome, Site, Trigger
from rules.rule import plan_keys, rules_of, sheet
from rules.words import names

SHEET = sheet("local")
LUMPS = ("breast_lump", "breast_imaging_mass")
INFLAMED = ("breast_inflammation", "breast_redness_generic")
DISCHARGE = ("nipple_discharge",)
SKIN = ("breast_skin_change", "nipple_paget")
OTHER = ("breast_other_sign", "nipple_problem")


def _words(record: Record) -> tuple[str, ...]:
    return (*record.sites, *record.texts)


def _at_breast(record: Record) -> bool:
    return names(_words(record), "breast")


def _postoperative(case: Case, finding: Finding) -> tuple[str, ...]:
    """Return seroma, fat necrosis or haematoma recorded after surgery and within a year before the finding."""
    last = finding.newest or case.as_of
    first = last - SHEET.days("postoperative_days")
    surgery = case.history.first_surgery
    first = first if surgery is None or surgery < first else surgery
    return ("alt_postop_breast",) if case.dated("alt_postop_breast", first, last) else ()


def _radiotherapy(case: Case) -> tuple[str, ...]:
    recent = case.radiotherapy_within(SHEET.days("none"), SHEET.days("radiation_skin_days"))
    return ("tx_radiotherapy",) if recent else ()


def loc_1(case: Case) -> Outcome:
    """A lump or a mass on imaging: warning; explained by a seroma or the like, or by surgery just done."""
    triggers = []
    for finding in case.find_any(*LUMPS, local=True):
        explained = _postoperative(case, finding)
        if case.surgery_within(SHEET.days("recent_surgery_days")):
            explained = (*explained, "surgery")
        triggers.append(Trigger("LOC-1", Level.WARNING, finding, explained_by=explained))
    return case.outcome(LUMPS, triggers)


def loc_2(case: Case) -> Outcome:
    """Inflammation or redness of the breast: warning; explained by lactation, pregnancy or radiotherapy."""
    erythema = SHEET.code_sets["redness_needs_breast"]

    def counts(record: Record) -> bool:
        return not erythema.any_of(record.codes) or _at_breast(record)

    explained = (*case.childbearing, *case.explained("alt_radiation_dermatitis"), *_radiotherapy(case))
    found = (case.find(concept, local=True, where=counts) for concept in INFLAMED)
    triggers = [
        Trigger("LOC-2", Level.WARNING, finding, explained_by=explained, notes=("mastitis",))
        for finding in found
        if finding
    ]
    return case.outcome(INFLAMED, triggers)


def loc_3(case: Case) -> Outcome:
    """A nipple that turned flat or inverted: warning; not when it began before the cancer or is congenital."""
    finding = case.find("nipple_retraction", local=True)
    if finding is not None and (case.explained("alt_congenital_nipple") or _began_before(case, finding)):
        finding = None
    return case.outcome(("nipple_retraction",), [Trigger("LOC-3", Level.WARNING, finding) if finding else None])


def _began_before(case: Case, finding: Finding) -> bool:
    """Return whether the retraction began before the cancer (an unknown date did not)."""
    return bool(finding.started and case.history.index_date and finding.started < case.history.index_date)


def _bloody(record: Record) -> bool:
    return names(record.texts, "blood")


def _purulent(record: Record) -> bool:
    return names(record.texts, "pus")


def loc_4(case: Case) -> Outcome:
    """Bleeding from the nipple, or discharge that is said to be bloody: warning, explained by nothing."""
    found = (
        case.find("nipple_bleeding", local=True),
        case.find("nipple_discharge", local=True, where=_bloody),
    )
    triggers = [Trigger("LOC-4", Level.WARNING, finding) for finding in found if finding]
    return case.outcome(("nipple_bleeding", *DISCHARGE), triggers)


def loc_5(case: Case) -> Outcome:
    """Pus or an abscess: warning; explained by lactation."""
    found = (
        case.find("breast_pus_abscess", local=True),
        case.find("nipple_discharge", local=True, where=_purulent),
    )
    explained = case.explained("alt_lactation_mastitis")
    triggers = [
        Trigger("LOC-5", Level.WARNING, finding, explained_by=explained, notes=("abscess",))
        for finding in found
        if finding
    ]
    return case.outcome(("breast_pus_abscess", *DISCHARGE), triggers)


def loc_6(case: Case) -> Outcome:
    """Other nipple discharge: warning; no card when milky, bilateral, with galactorrhoea, lactation or pregnancy."""

    def counts(record: Record) -> bool:
        harmless = names(_words(record), "milky") or names(_words(record), "bilateral")
        return not (harmless or _bloody(record) or _purulent(record))

    finding = case.find("nipple_discharge", local=True, where=counts)
    if case.explained("galactorrhea") or case.childbearing:
        finding = None
    return case.outcome(DISCHARGE, [Trigger("LOC-6", Level.WARNING, finding) if finding else None])


def loc_7(case: Case) -> Outcome:
    """A change of the breast skin or Paget's disease: warning; thickening and discolouration by radiotherapy."""
    texture, irradiated = SHEET.code_sets["skin_needs_breast"], SHEET.code_sets["radiation_skin"]

    def counts(record: Record) -> bool:
        return not texture.any_of(record.codes) or _at_breast(record)

    triggers = []
    for concept in SKIN:
        finding = case.find(concept, local=True, where=counts)
        if finding is not None:
            by_rays = all(irradiated.any_of(record.codes) for record in finding.records)
            explained = _radiotherapy(case) if by_rays else ()
            triggers.append(Trigger("LOC-7", Level.WARNING, finding, explained_by=explained))
    return case.outcome(SKIN, triggers)


def loc_8(case: Case) -> Outcome:
    """A nodule on the chest wall or scar: warning, diagnosed by tissue."""
    always, trunk = SHEET.code_sets["chest_wall_mass"], SHEET.code_sets["trunk_mass"]
    mastectomy = case.had_mastectomy

    def counts(record: Record) -> bool:
        if names(_words(record), "elsewhere_on_trunk"):
            return False
        if always.any_of(record.codes) or (mastectomy and trunk.any_of(record.codes)):
            return True
        return _at_breast(record)

    finding = case.find("chest_wall_nodule", local=True, where=counts)
    explained = case.within(SHEET.days("postoperative_days"), "alt_postop_breast")
    found = (finding,) if finding else ()
    triggers = [Trigger("LOC-8", Level.WARNING, f, explained_by=explained, plan="chest_wall") for f in found]
    return case.outcome(("chest_wall_nodule",), triggers)


def loc_9(case: Case) -> Outcome:
    """Another sign in the breast: info; explained by lactation, pregnancy, radiotherapy, surgery or an implant."""
    triggers = []
    for finding in case.find_any(*OTHER, local=True):
        explained = (
            *case.childbearing,
            *_radiotherapy(case),
            *case.explained("alt_postop_breast", "alt_implant_complication"),
        )
        triggers.append(Trigger("LOC-9", Level.INFO, finding, explained_by=explained))
    return case.outcome(OTHER, triggers)


def loc_10(case: Case) -> Outcome:
    """Breast pain that lasts or is severe: info; explained by an implant, lactation or pregnancy."""
    finding = case.find("breast_pain", local=True)
    if finding is not None and not (finding.persistent or finding.severe):
        finding = None
    explained = (*case.explained("alt_implant_complication"), *case.childbearing)
    trigger = Trigger("LOC-10", Level.INFO, finding, explained_by=explained) if finding else None
    return case.outcome(("breast_pain",), [trigger])


def primary_keys(case: Case, level: Level, triggers: tuple[Trigger, ...]) -> tuple[str, ...]:
    """Return the work-up of the breast: ultrasound first in the young, pregnant, lactating or without breasts."""
    usual = SHEET.workup[level.indicator]
    limit = sheet("evidence").limits["ultrasound_first_age"]
    young = case.age is not None and case.age < limit
    no_breast = len(case.breasts_absent) == len(("left", "right"))
    if young or no_breast or case.pregnant or "alt_lactation_mastitis" in case.childbearing:
        usual = SHEET.workup["ultrasound_first"]
    keys = [key for t in triggers for key in (plan_keys("local", t.plan, level) if t.plan else usual)]
    return tuple(dict.fromkeys(keys))


RULES = rules_of(
    Site.LOCAL,
    "LOC",
    (loc_1, LUMPS),
    (loc_2, INFLAMED),
    (loc_3, ("nipple_retraction",)),
    (loc_4, ("nipple_bleeding", *DISCHARGE)),
    (loc_5, ("breast_pus_abscess", *DISCHARGE)),
    (loc_6, DISCHARGE),
    (loc_7, SKIN),
    (loc_8, ("chest_wall_nodule",)),
    (loc_9, OTHER),
    (loc_10, ("breast_pain",)),
)
