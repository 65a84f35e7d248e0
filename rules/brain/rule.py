"""Rules BRAIN-1 to BRAIN-6.

Numbers and codes are in rule.toml and codes.csv only.
Tests: rules/brain/cases.yaml.
"""

from rules.brain.signs import Signs
from rules.case import Case
from rules.evidence.presence import evidence_date, start_date, was_said
from rules.facts import Record
from rules.outcome import Finding, Level, Outcome, Trigger
from rules.rule import rules_of
from rules.sheet import RuleInfo, sheet
from rules.sites import Site

SHEET = sheet("brain")
CODES = SHEET.code_sets


def brain_1(case: Case, rule: RuleInfo) -> Outcome:
    """A headache is info, a warning or critical.

    It is a warning if it lasts, has changed or has company, and critical with alarm signs.
    """
    signs = case.once(Signs)
    headache = signs.headache
    if headache is None:
        return case.outcome(rule, ())
    level, others = _headache_level(signs, headache)
    if level is None:
        return case.outcome(rule, ())
    trigger = Trigger(
        rule.id,
        level,
        headache,
        others=others,
        explained_by=_headache_explained(case, rule, headache),
        holds_in_every_state=headache.changed,
    )
    return case.outcome(rule, [trigger])


def _headache_level(signs: Signs, headache: Finding) -> tuple[Level | None, tuple[Finding, ...]]:
    if CODES["thunderclap"].any_of(headache.codes):
        return Level.CRITICAL, ()
    if headache.severe and signs.pressure:
        return Level.CRITICAL, signs.pressure
    if signs.alarms:
        return Level.CRITICAL, signs.alarms
    if headache.changed or headache.nocturnal or headache.persistent or signs.company:
        return Level.WARNING, signs.company
    return (None if headache.mild else Level.INFO), ()


def _headache_explained(case: Case, rule: RuleInfo, headache: Finding) -> tuple[str, ...]:
    """Return an old migraine or tension headache, or a recent head injury.

    Nothing about this headache may be new.
    """
    nothing_new = not (headache.changed or case.once(Signs).any_other)
    recent = SHEET.days("posttraumatic_days", case.as_of)
    given = {c: nothing_new and _of_old(case, c, headache) for c in ("alt_migraine", "alt_primary_headache")}
    given["alt_posttraumatic_headache"] = bool(case.within(recent, "alt_posttraumatic_headache"))
    return case.explanations(rule.alternatives, given)


def _of_old(case: Case, concept: str, headache: Finding) -> bool:
    """Return True for an explanation older than cancer or headache.

    It precedes the cancer, or the headache by a year.
    """
    first = headache.started or case.as_of
    until = first - SHEET.days("known_headache_days", case.as_of)

    def old(record: Record) -> bool:
        if not was_said(record, case.as_of):
            return False
        dates = [when for when in (evidence_date(record, case.as_of), start_date(record, case.as_of)) if when]
        before_cancer = case.history.index_date is not None and any(d < case.history.index_date for d in dates)
        return before_cancer or any(when <= until for when in dates)

    return concept in case.explained(concept) and any(map(old, case.records(concept)))


def brain_2(case: Case, rule: RuleInfo) -> Outcome:
    """A new visual impairment is a warning or critical.

    Sudden loss or papilloedema make it critical. An eye disease may explain it.
    """
    signs = case.once(Signs)
    sight = signs.sight
    if sight is None:
        return case.outcome(rule, ())
    sudden = CODES["sudden_visual_loss"].any_of(sight.codes) or signs.papilloedema
    central = CODES["central_sight"].any_of(sight.codes)
    explained = () if central or signs.headache else case.explanations(rule.alternatives)
    trigger = Trigger(
        rule.id,
        Level.CRITICAL if sudden else Level.WARNING,
        sight,
        others=signs.raised_pressure if sudden else (),
        explained_by=explained,
        holds_in_every_state=central,
    )
    return case.outcome(rule, [trigger])


def brain_3(case: Case, rule: RuleInfo) -> Outcome:
    """General weakness is info or a warning.

    A sight, gait or speech disturbance or a headache makes it a warning.
    """
    signs = case.once(Signs)
    weakness = signs.weakness
    if weakness is None:
        return case.outcome(rule, ())
    headache = signs.headache if signs.headache and _headache_level(signs, signs.headache)[0] else None
    others = tuple(f for f in (signs.sight, signs.ataxia, signs.speech, headache) if f is not None)
    trigger = Trigger(rule.id, Level.WARNING if others else Level.INFO, weakness, others=others)
    return case.outcome(rule, [trigger])


def brain_4(case: Case, rule: RuleInfo) -> Outcome:
    """A focal deficit is critical.

    So are disturbed speech, confusion and raised pressure. The deficit of an old stroke is a warning.
    """
    signs = case.once(Signs)
    triggers = [Trigger(rule.id, Level.CRITICAL, finding, weighs_history=True) for finding in signs.acute]
    if signs.focal is not None:
        level = Level.WARNING if signs.old_deficit else Level.CRITICAL
        triggers.append(Trigger(rule.id, level, signs.focal, weighs_history=True))
    return case.outcome(rule, triggers)


def brain_5(case: Case, rule: RuleInfo) -> Outcome:
    """A new seizure is critical.

    It is a warning with an epilepsy from before the cancer.
    """
    signs = case.once(Signs)
    level = Level.WARNING if signs.known_epilepsy else Level.CRITICAL
    found = (signs.seizure,) if signs.seizure else ()
    return case.outcome(rule, [Trigger(rule.id, level, finding, weighs_history=True) for finding in found])


def brain_6(case: Case, rule: RuleInfo) -> Outcome:
    """Ataxia or a brain lesion is a warning.

    Unsteadiness or a cognitive change alone is info.
    """
    signs = case.once(Signs)
    triggers = []
    if signs.ataxia is not None:
        triggers.append(_ataxia(case, rule, signs.ataxia))
    lesion = case.find("brain_lesion_imaging")
    if lesion is not None:
        triggers.append(Trigger(rule.id, Level.WARNING, lesion, holds_in_every_state=case.under_treatment))
    if signs.cognition is not None:
        triggers.append(Trigger(rule.id, Level.INFO, signs.cognition))
    return case.outcome(rule, triggers)


def _ataxia(case: Case, rule: RuleInfo, ataxia: Finding) -> Trigger:
    unsteady = all(CODES["unsteadiness"].any_of(record.codes) for record in ataxia.records)
    level = Level.INFO if unsteady and not case.once(Signs).beside_ataxia else Level.WARNING
    return Trigger(rule.id, level, ataxia, explained_by=case.explanations(rule.alternatives))


RULES = rules_of(
    Site.BRAIN,
    "BRAIN",
    brain_1,
    brain_2,
    brain_3,
    brain_4,
    brain_5,
    brain_6,
)
