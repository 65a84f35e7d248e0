"""Rules LIVER-1 to LIVER-5.

Numbers and codes are in rule.toml and codes.csv only.
Tests: rules/liver/cases.yaml, rules/weight/cases.yaml, rules/labs/cases.yaml.
"""

from rules.case import Case
from rules.labs.liver import BILIRUBIN, LiverTests, is_repeated, liver_tests
from rules.labs.value import SHEET as LABS
from rules.labs.value import Grade, LabValue, newest_value, unusable
from rules.outcome import Finding, Level, Outcome, Trigger
from rules.rule import rules_of
from rules.sheet import RuleInfo, sheet
from rules.sites import Site
from rules.weight.loss import weight_loss

SHEET = sheet("liver")
SIGNS = ("jaundice", "ascites", "hepatomegaly", "liver_lesion_imaging", "ruq_pain")
INR = "lab_inr"
GLP1 = "alt_glp1"
_NOTHING: tuple[Finding, ...] = ()


def liver_1(case: Case, rule: RuleInfo) -> Outcome:
    """Loss of appetite is info or a warning.

    It is a warning with loss of weight, early satiety, pain under the ribs or a moderate test.
    """
    finding = case.once(_appetite)
    if finding is None:
        wanted = _wanted(case) if case.find("appetite_loss") else ()
        return case.outcome(rule, (), explained_by=wanted)
    others = (
        *(trigger.finding for trigger in case.once(loss_triggers)),
        *case.find_any("early_satiety", "ruq_pain"),
        *(value.as_finding() for value in case.once(liver_tests).at_least(Grade.MODERATE)),
    )
    if others:
        return case.outcome(rule, [Trigger(rule.id, Level.WARNING, finding, others=others)])
    explained = case.explanations(rule.alternatives)
    return case.outcome(rule, [Trigger(rule.id, Level.INFO, finding, explained_by=explained)])


def _appetite(case: Case) -> Finding | None:
    """Return a loss of appetite that counts.

    A mild one and the effect of a GLP-1 agonist do not count.
    """
    finding = case.find("appetite_loss")
    return None if finding is None or finding.mild or _wanted(case) else finding


def _wanted(case: Case) -> tuple[str, ...]:
    """Return an active drug that reduces appetite."""
    return case.explained(GLP1) if GLP1 in SHEET.rule("LIVER-1", case.as_of).alternatives else ()


def loss_triggers(case: Case) -> tuple[Trigger, ...]:
    """Return unintended loss of weight for LIVER-2.

    It is coded loss, cachexia or measured loss.
    """
    loss = case.once(weight_loss)
    vague = sheet("weight").code_sets["intent_free"]
    intended = bool(loss.intended_by)
    coded = (
        case.find("weight_loss", where=lambda r: not (intended and all(code in vague for code in r.codes))),
        case.find("cachexia"),
    )
    level = Level.INFO if intended else Level.WARNING
    measured = None if intended else loss.finding
    triggers = [(level, finding) for finding in coded if finding] + [(Level.WARNING, f) for f in (measured,) if f]
    return tuple(
        Trigger("LIVER-2", at, finding, explained_by=loss.lowered_by, notes=loss.intended_by)
        for at, finding in triggers
    )


def liver_2(case: Case, rule: RuleInfo) -> Outcome:
    """Loss of weight, coded or measured, is a warning.

    It is info if intended and coded as abnormal.
    """
    loss = case.once(weight_loss)
    found = loss.finding or case.find("weight_loss")
    return case.outcome(rule, case.once(loss_triggers), loss.unusable, loss.intended_by if found else ())


def liver_3(case: Case, rule: RuleInfo) -> Outcome:
    """Jaundice, ascites, a large liver or a lesion is a warning.

    Pain under the right ribs is info, with a raised test a warning.
    """
    disease = case.explanations(rule.alternatives)
    gilbert = tuple(
        "alt_liver_disease"
        for r in case.standing_records("alt_liver_disease")
        if LABS.code_sets["gilbert"].any_of(r.codes)
    )[:1]
    explanations = {"jaundice": gilbert, "liver_lesion_imaging": ()}
    triggers = []
    for finding in case.find_any(*SIGNS):
        level, others = Level.WARNING, _NOTHING
        if finding.concept == "ruq_pain":
            raised = case.once(liver_tests).at_least(Grade.MILD)
            others = tuple(value.as_finding() for value in raised)
            level = Level.WARNING if others else Level.INFO
        holds = finding.concept == "jaundice" or (finding.concept == "liver_lesion_imaging" and case.under_treatment)
        triggers.append(
            Trigger(
                rule.id,
                level,
                finding,
                others=others,
                explained_by=explanations.get(finding.concept, disease),
                holds_in_every_state=holds,
            )
        )
    return case.outcome(rule, triggers)


def liver_4(case: Case, rule: RuleInfo) -> Outcome:
    """Raised liver tests are info or a warning.

    Moderate or coded ones are info; with symptoms, severe or repeated ones a warning.
    """
    tests = case.once(liver_tests)
    disease = case.explanations(rule.alternatives)
    symptoms = case.once(_symptoms)
    coded = case.find("abnormal_liver_tests_coded")
    triggers = [_by_number(case, tests, value, symptoms, disease) for value in tests.at_least(Grade.MODERATE)]
    if coded is not None:
        level = Level.WARNING if symptoms else Level.INFO
        triggers.append(Trigger(rule.id, level, coded, others=symptoms, explained_by=disease, notes=case.once(_drugs)))
    return case.outcome(rule, triggers, unusable(case, LABS.words["liver"]))


def _by_number(
    case: Case, tests: LiverTests, value: LabValue, symptoms: tuple[Finding, ...], disease: tuple[str, ...]
) -> Trigger:
    marked = value in tests.at_least(Grade.SEVERE) or is_repeated(case, value)
    level = Level.WARNING if marked or symptoms else Level.INFO
    others = () if marked else symptoms
    return Trigger("LIVER-4", level, value.as_finding(), others=others, explained_by=disease, notes=case.once(_drugs))


def _drugs(case: Case) -> tuple[str, ...]:
    """Return active cancer drugs that raise liver tests.

    The card names them as a possible reason.
    """
    t_dm1 = SHEET.code_sets["t_dm1"]
    found = ("t_dm1",) if any(t_dm1.any_of(record.codes) for record in case.standing_records("tx_her2")) else ()
    return (*found, *(concept.removeprefix("tx_") for concept in case.explained("tx_cdk46", "tx_cytotoxic")))


def _symptoms(case: Case) -> tuple[Finding, ...]:
    """Return present symptoms of LIVER-1 to LIVER-3 and lasting fatigue."""
    fatigue = case.find("fatigue")
    appetite = case.once(_appetite)
    lasting = (fatigue,) if fatigue is not None and fatigue.persistent else ()
    hungry = () if appetite is None else (appetite,)
    loss = tuple(trigger.finding for trigger in case.once(loss_triggers))
    return (*hungry, *loss, *case.find_any(*SIGNS), *lasting)


def liver_5(case: Case, rule: RuleInfo) -> Outcome:
    """Liver failure is critical.

    So is jaundice, or a bilirubin above 3 x, with confusion or a long INR.
    """
    triggers = []
    failure = case.find("liver_failure")
    if failure is not None:
        triggers.append(Trigger(rule.id, Level.CRITICAL, failure))
    bilirubin = newest_value(case, BILIRUBIN)
    high = bilirubin is not None and bilirubin.ratio > LABS.limit("bilirubin_failure", case.as_of)
    yellow = case.find("jaundice") or (bilirubin.as_finding() if bilirubin is not None and high else None)
    decompensated = _decompensated(case)
    if yellow is not None and decompensated:
        triggers.append(Trigger(rule.id, Level.CRITICAL, yellow, others=decompensated, notes=("anticoagulant",)))
    return case.outcome(rule, triggers, unusable(case, (BILIRUBIN, INR)))


def _decompensated(case: Case) -> tuple[Finding, ...]:
    drowsy = sheet("brain").code_sets["drowsy"]
    confusion = case.find("confusion", where=lambda record: not drowsy.any_of(record.codes))
    inr = newest_value(case, INR)
    long = inr is not None and inr.value >= LABS.limit("inr_failure", case.as_of)
    return (*((confusion,) if confusion else ()), *((inr.as_finding(),) if inr is not None and long else ()))


RULES = rules_of(
    Site.LIVER,
    "LIVER",
    liver_1,
    liver_2,
    liver_3,
    liver_4,
    liver_5,
)
