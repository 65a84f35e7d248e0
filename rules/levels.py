"""Remaining level of a trigger (LEVEL-2, STEP-1, EV-2).

Tests: tests/rules/test_levels.py, the cases.yaml of gate and evidence.
"""

from dataclasses import dataclass

from rules.case import Case
from rules.outcome import Level, Trigger
from rules.sheet import sheet
from rules.sites import LOCOREGIONAL, Site


@dataclass(frozen=True, slots=True)
class GradedTrigger:
    """A trigger with its remaining level and reasons.

    None means no card.
    """

    trigger: Trigger
    level: Level | None
    lowered_by: tuple[str, ...] = ()
    in_situ: bool = False
    """True for a critical distant finding after in situ disease alone.

    It is a warning with the work-up of a critical one.
    """
    stale: bool = False
    """True for a critical row without fresh evidence."""


def apply_steps(case: Case, site: Site, trigger: Trigger) -> GradedTrigger:
    """Return the level of a trigger after every step.

    Steps do not add up; critical and stale critical stay.
    """
    stale = trigger.level is Level.CRITICAL and not _fresh(case, trigger)
    if site not in LOCOREGIONAL and not case.distant_in_scope:
        urgent = trigger.level is Level.CRITICAL and not stale
        return GradedTrigger(trigger, Level.WARNING if urgent else None, ("in-situ",), in_situ=urgent, stale=stale)
    level = Level.WARNING if stale else trigger.level
    reasons = reasons_to_lower(case, site, trigger)
    fixed = stale or trigger.never_lowered or level is Level.CRITICAL
    lowered = bool(reasons) and not fixed
    remaining = _one_down(level) if lowered else level
    if trigger.finding.undated and remaining is not None:
        remaining = min(remaining, Level.INFO)
    return GradedTrigger(trigger, remaining, reasons if lowered else (), stale=stale)


def reasons_to_lower(case: Case, site: Site, trigger: Trigger) -> tuple[str, ...]:
    """Return every reason for one step down.

    Explanations, an old complaint, a later denial and the state count.
    """
    finding = trigger.finding
    reasons = list(trigger.explained_by)
    if finding.pre_existing and not finding.changed and not trigger.weighs_history:
        reasons.append("pre-existing")
    if finding.denied is not None:
        reasons.append("denied")
    if case.disease_state.lowers(site) and not trigger.holds_in_every_state:
        reasons.append(case.state.value)
    return tuple(dict.fromkeys(reasons))


def _fresh(case: Case, trigger: Trigger) -> bool:
    since = case.ago(sheet("evidence").days("fresh_days", case.as_of))
    return any(finding.newest is not None and finding.newest >= since for finding in trigger.findings)


def _one_down(level: Level) -> Level | None:
    return Level.INFO if level is Level.WARNING else None
