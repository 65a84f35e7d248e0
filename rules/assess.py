"""One assessment of all sites for a patient on a day.

A failing rule cannot tell, and it must not stop another rule.
Tests: tests/rules/test_assess.py, every cases.yaml.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache

from rules.case import Case
from rules.codes import catalogue
from rules.evidence.finding import ExclusionReason
from rules.facts import Facts, Record
from rules.gate.history import History, history_concepts
from rules.gate.state import State, is_death_unknown
from rules.labs.marker import raised_marker
from rules.levels import GradedTrigger, apply_steps
from rules.local import rule as local
from rules.outcome import NOT_FIRED, CannotTell, Finding, Fired, Level, Missing, NotFired, Outcome, Trigger
from rules.registry import RULES
from rules.rule import Rule
from rules.sheet import RuleInfo, plan_keys, sheet
from rules.sites import CARD_ORDER, Site, folder_of
from rules.workup.plan import Done, done_already, may_follow, must_wait

PATIENT = "Patient"
"""Source of birth and death."""
OUT_OF_SCOPE = frozenset({State.NONE, State.SUPPRESSED})


class SiteOutcome(StrEnum):
    """Reasons why a site has a card or none."""

    CARD = "card"
    NOTHING_FOUND = "nothing-found"
    EXPLAINED = "explained"
    BEFORE_CANCER = "before-cancer"
    TOO_OLD = "too-old"
    NEGATED = "negated"
    NOT_IN_SCOPE = "not-in-scope"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """Outcome of one rule."""

    rule: str
    version: str
    outcome: Outcome


class ScheduledRule:
    """A rule version in force with its prepared silent answer.

    The silent answer holds if none of its triggers is on record.
    """

    def __init__(self, rule: Rule, info: RuleInfo) -> None:
        """Prepare the answer for charts without the triggers."""
        self.rule = rule
        self.info = info
        self.silent = RuleResult(rule.id, info.version, NOT_FIRED)

    def judged(self, case: Case) -> RuleResult:
        """Return the rule's outcome for a case.

        A failing rule cannot tell and silences no other (hazard H15).
        """
        outcome: Outcome
        try:
            outcome = self.rule.judge(case, self.info)
        except Exception:  # noqa: BLE001 - whatever went wrong, the other rules must be asked
            outcome = CannotTell((Missing(self.rule.id, "rule-failed"),))
        return RuleResult(self.rule.id, self.info.version, outcome)


@dataclass(frozen=True, slots=True)
class SiteAssessment:
    """Outcomes of all rules of a site together."""

    site: Site
    outcome: SiteOutcome
    level: Level | None = None
    judged: tuple[GradedTrigger, ...] = ()
    """Every trigger, including those without a card."""
    orders: tuple[str, ...] = ()
    """Work-up keys to suggest."""
    done: tuple[Done, ...] = ()
    waiting: tuple[str, ...] = ()
    """Keys that pregnancy postpones. They are named and not suggested."""
    secondary: tuple[str, ...] = ()
    """Keys that may follow, as far as they fit."""
    results: tuple[RuleResult, ...] = ()
    missing: tuple[Missing, ...] = ()
    """Facts that its rules needed and lacked."""
    withheld: bool = False
    """True if the caller withholds the card."""
    active_triggers: tuple[GradedTrigger, ...] = ()
    """Triggers with a remaining level, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer of all rules for one patient on one day."""

    as_of: date
    state: State
    history: History
    palliative: bool
    pregnant: bool
    sites: tuple[SiteAssessment, ...]
    missing: tuple[Missing, ...] = ()
    """Unseen sources and unreadable records of all sites."""

    unread_history: tuple[Missing, ...] = ()
    """Unreadable records of a possible history, without a known one."""

    marker: Record | None = None
    """Newest raised tumour marker.

    It is context for a card, never a reason for one.
    """

    @property
    def cards(self) -> tuple[SiteAssessment, ...]:
        """Sites with a shown card, in the order of cards."""
        shown = [site for site in self.sites if site.outcome is SiteOutcome.CARD and not site.withheld]
        return tuple(sorted(shown, key=lambda site: (-(site.level or 0), CARD_ORDER.index(site.site))))


def assess(facts: Facts, as_of: date, rules: tuple[Rule, ...] = RULES) -> Assessment:
    """Return the assessment of a patient on a day."""
    case = Case(facts, as_of)
    if case.state in OUT_OF_SCOPE:
        marker, sites = None, _out_of_scope(case.state, as_of)
    else:
        marker = raised_marker(case)
        in_force = _in_force(rules, as_of)
        sites = tuple(_site(case, site, in_force[site]) for site in CARD_ORDER)
    return Assessment(
        as_of=as_of,
        state=case.state,
        history=case.history,
        palliative=case.disease_state.palliative,
        pregnant=case.pregnant,
        sites=sites,
        missing=_everything_missing(case, sites),
        unread_history=tuple(
            Missing(record.reference, record.reason)
            for record in facts.unreadable
            if record.concepts & history_concepts()
        ),
        marker=marker,
    )


@lru_cache(maxsize=8)
def _out_of_scope(state: State, on: date) -> tuple[SiteAssessment, ...]:
    """Return all sites of a patient out of scope."""
    suppressed = state is State.SUPPRESSED
    rule = "GATE-2" if suppressed else "GATE-1"
    gate = RuleResult(rule, sheet("gate").rule(rule, on).version, Fired(()) if suppressed else NOT_FIRED)
    return tuple(SiteAssessment(site, SiteOutcome.NOT_IN_SCOPE, results=(gate,)) for site in CARD_ORDER)


@lru_cache(maxsize=8)
def _in_force(rules: tuple[Rule, ...], on: date) -> Mapping[Site, tuple[ScheduledRule, ...]]:
    """Return the rule versions in force on a day, by site."""
    valid = [ScheduledRule(rule, rule.info) for rule in rules if rule.info.in_force(on)]
    return {site: tuple(asked for asked in valid if asked.rule.site is site) for site in CARD_ORDER}


def _everything_missing(case: Case, sites: Iterable[SiteAssessment]) -> tuple[Missing, ...]:
    facts = case.facts
    gaps = [Missing(gap.source, gap.reason) for gap in facts.gaps]
    unread = [Missing(record.reference, record.reason) for record in facts.unreadable]
    broken = [Missing(record.reference, record.broken) for record in facts.records if record.broken]
    broken += [Missing(record.reference, "date") for record in facts.records if record.date_unread]
    if is_death_unknown(facts.person, case.as_of):
        unread.append(Missing(PATIENT, "death-date"))
    return tuple(dict.fromkeys([*gaps, *unread, *broken, *(m for site in sites for m in site.missing)]))


def _site(case: Case, site: Site, rules: tuple[ScheduledRule, ...]) -> SiteAssessment:
    results = tuple(asked.silent if case.lacks(asked.info.triggers) else asked.judged(case) for asked in rules)
    triggers = [t for result in results if isinstance(result.outcome, Fired) for t in result.outcome.triggers]
    judged = tuple(apply_steps(case, site, trigger) for trigger in triggers)
    level = max((j.level for j in judged if j.level is not None), default=None)
    if level is None:
        silence = _no_card_reason(case, site, results, judged)
        return SiteAssessment(site, silence, judged=judged, results=results, missing=_missing(results))
    return _card(case, site, level, judged, results)


def _missing(results: tuple[RuleResult, ...]) -> tuple[Missing, ...]:
    found = [m for r in results if not isinstance(r.outcome, NotFired) for m in r.outcome.missing]
    return tuple(dict.fromkeys(found))


def _card(
    case: Case, site: Site, level: Level, judged: tuple[GradedTrigger, ...], results: tuple[RuleResult, ...]
) -> SiteAssessment:
    leading = tuple(j.trigger for j in judged if j.level is level)
    in_situ = any(j.in_situ for j in judged)
    keys = _keys(case, site, Level.CRITICAL if in_situ else level, leading)
    done = done_already(case, keys, _deciding(leading))
    left = tuple(key for key in keys if key not in {item.key for item in done})
    waiting = must_wait(case, left)
    if not left and level is not Level.CRITICAL:
        level = Level.INFO
    return SiteAssessment(
        site=site,
        outcome=SiteOutcome.CARD,
        level=level,
        judged=judged,
        orders=tuple(key for key in left if key not in waiting),
        done=done,
        waiting=waiting,
        secondary=may_follow(case, sheet(folder_of(site)).workup["secondary"], keys, _standing(judged)),
        results=results,
        missing=_missing(results),
        active_triggers=_active(judged),
    )


def _active(judged: Iterable[GradedTrigger]) -> tuple[GradedTrigger, ...]:
    """Return the triggers with a remaining level, the most urgent first."""
    left = [each for each in judged if each.level is not None]
    return tuple(sorted(left, key=lambda each: -(each.level or 0)))


def _standing(judged: Iterable[GradedTrigger]) -> tuple[Finding, ...]:
    return tuple(finding for j in judged if j.level is not None for finding in j.trigger.findings)


def _deciding(leading: tuple[Trigger, ...]) -> tuple[Finding, ...]:
    """Return the findings that decide the level.

    Of a combination all findings decide.
    """
    alone = [t for t in leading if not t.others]
    return tuple(finding for trigger in (alone or leading) for finding in trigger.findings)


def _keys(case: Case, site: Site, level: Level, leading: tuple[Trigger, ...]) -> tuple[str, ...]:
    if site is Site.LOCAL:
        return local.primary_keys(case, level, leading)
    keys = [key for trigger in leading for key in plan_keys(folder_of(site), trigger.plan, level)]
    return tuple(dict.fromkeys(keys))


def _no_card_reason(
    case: Case, site: Site, results: tuple[RuleResult, ...], judged: tuple[GradedTrigger, ...]
) -> SiteOutcome:
    """Return the most cautious reason for no card."""
    if judged and all("in-situ" in j.lowered_by for j in judged):
        return SiteOutcome.NOT_IN_SCOPE
    if any(isinstance(result.outcome, CannotTell) for result in results):
        return SiteOutcome.CANNOT_TELL
    if judged or any(isinstance(result.outcome, NotFired) and result.outcome.explained_by for result in results):
        return SiteOutcome.EXPLAINED
    seen = {s for c in _concepts(site) for s in case.exclusions.get(c, ())}
    for silence in (ExclusionReason.NEGATED, ExclusionReason.BEFORE_CANCER, ExclusionReason.TOO_OLD):
        if silence in seen:
            return SiteOutcome(silence.value)
    return SiteOutcome.NOTHING_FOUND


@cache
def _concepts(site: Site) -> tuple[str, ...]:
    """Return the symptom and finding concepts of a site."""
    rows = [row for row in catalogue().rows if row.site == site.value and row.role in ("symptom", "finding")]
    return tuple(dict.fromkeys(row.concept for row in rows))
