"""The whole assessment: silence with its reason, rules that fail, what is missing."""

from dataclasses import replace
from datetime import date

import pytest

from rules.assess import Assessment, SiteAssessment, SiteOutcome, assess
from rules.case import Case
from rules.facts import Facts, Gap, UnreadableRecord
from rules.outcome import CannotTell, Fired, Level, Missing, NotFired, Outcome
from rules.registry import RULES
from rules.rule import Rule
from rules.sheet import RuleInfo
from rules.sites import Site
from tests.evaluating import CASES, assessed, facts_of, facts_of_case, levels, made, orders
from tests.vignettes import Vignette, resources

DAY = date(2026, 6, 15)


def _silences(*tokens: str) -> dict[str, str]:
    case = made(*tokens, as_of=DAY)
    return {site.site.value: site.outcome.value for site in assess(facts_of_case(case), DAY).sites}


@pytest.mark.parametrize(
    "tokens, site, outcome",
    [
        ((), "brain", "nothing-found"),
        (("icd:R51.9@2026-06-10",), "brain", "card"),
        (("icd:R51.9@2018-06-10",), "brain", "before-cancer"),
        (("icd:R51.9@2025-06-10",), "brain", "too-old"),
        (("sct:25064002@2026-06-10{res=Observation;val=false}",), "brain", "negated"),
        (("icd:R51.9@2026-06-10", "icd:G43.109@2004-01-01"), "brain", "explained"),
        (("lnc:29463-7@2026-06-10{val=70}",), "liver", "cannot-tell"),
    ],
)
def test_silence_has_its_reason(tokens: tuple[str, ...], site: str, outcome: str) -> None:
    """No card is an answer only when it says why."""
    assert _silences(*tokens)[site] == outcome


def test_an_unseen_source_is_never_read_as_health() -> None:
    """Without Observations the rules that did not fire can't tell, and what fired stays."""
    found = assessed("V001", gaps=(Gap("Observation", "late"),))

    assert levels(found) == {"local": "warning"}
    assert {s.outcome for s in found.sites if s.site is not Site.LOCAL} == {SiteOutcome.CANNOT_TELL}
    assert ("Observation", "late") in {(item.what, item.reason) for item in found.missing}


def test_an_unreadable_record_makes_its_rule_unable_to_tell() -> None:
    """A lump that can't be read may be the one that matters."""
    facts = facts_of_case(made(as_of=DAY))
    lump = UnreadableRecord("Condition/x", "Condition", frozenset({"breast_lump"}), "modifier")

    found = assess(replace(facts, unreadable=(lump,)), DAY)

    outcomes = {site.site: site.outcome for site in found.sites}
    assert outcomes[Site.LOCAL] is SiteOutcome.CANNOT_TELL
    assert outcomes[Site.BRAIN] is SiteOutcome.NOTHING_FOUND


def test_a_rule_that_fails_stops_no_other() -> None:
    """It says for itself that it can't tell; every other rule answers."""

    def broken(_case: Case, _rule: RuleInfo) -> Outcome:
        raise ZeroDivisionError

    rules = tuple(replace(rule, judge=broken) if rule.id == "BRAIN-1" else rule for rule in RULES)
    facts = facts_of_case(made("icd:R51.9@2026-06-10", "sct:89164003@2026-06-01", as_of=DAY))

    found = assess(facts, DAY, rules)

    brain = next(site for site in found.sites if site.site is Site.BRAIN)
    assert levels(found) == {"local": "warning"}
    assert isinstance(brain.results[0].outcome, CannotTell)
    assert brain.results[0].outcome.missing[0].reason == "rule-failed"
    assert brain.outcome is SiteOutcome.CANNOT_TELL


def test_an_unreadable_cancer_is_said_when_no_other_is_known() -> None:
    """Nobody may conclude that there was no cancer."""
    cancer = UnreadableRecord("Condition/x", "Condition", frozenset({"bc_invasive"}), "no-subject")

    found = assess(Facts(unreadable=(cancer,)), DAY)

    assert found.state.value == "none"
    assert [item.what for item in found.unread_history] == ["Condition/x"]


def test_the_cards_come_most_urgent_first_then_in_the_order_of_sites() -> None:
    """Critical, warning, info; brain before bone, lung, liver, node, breast."""
    assert [site.site.value for site in assessed("V033").cards] == ["brain", "liver"]


def _of(found: Assessment, site: Site) -> SiteAssessment:
    return next(item for item in found.sites if item.site is site)


@pytest.mark.parametrize(
    "element, reason",
    [
        ({"recordedDate": "2026-13-45", "clinicalStatus": None}, "date"),
        ({"clinicalStatus": {"coding": [{"code": "certain"}]}}, "status"),
    ],
)
def test_a_lump_that_can_not_be_read_is_neither_there_nor_absent(element: dict[str, object], reason: str) -> None:
    """Its rule can't tell, the others answer, and the record is named."""
    *others, lump = resources(made("icd:N63.21@2026-06-02", as_of=DAY))
    changed = {name: value for name, value in (lump | element).items() if value is not None}

    found = assess(facts_of([*others, changed], DAY), DAY)

    assert _of(found, Site.LOCAL).outcome is SiteOutcome.CANNOT_TELL
    assert Missing("Condition/m001-3", reason) in _of(found, Site.LOCAL).missing
    assert Missing("Condition/m001-3", reason) in found.missing
    assert _of(found, Site.BRAIN).outcome is SiteOutcome.NOTHING_FOUND


@pytest.mark.parametrize("element", [{"recordedDate": "2026-13-45"}, {"onsetDateTime": "last week"}])
def test_a_date_that_can_not_be_read_leaves_a_lump_a_finding(element: dict[str, object]) -> None:
    """At the level of the date that is left, else at info; the record is named."""
    chart = resources(made("icd:N63.21@2026-06-02{st=active}", as_of=DAY))
    chart[-1] |= element

    found = assess(facts_of(chart, DAY), DAY)

    assert _of(found, Site.LOCAL).level is (Level.INFO if "recordedDate" in element else Level.WARNING)
    assert Missing("Condition/m001-3", "date") in found.missing


def test_a_weight_without_unit_is_said_where_it_matters_and_makes_no_card() -> None:
    """The liver rules would have needed it; nobody has to be told in a card of its own."""
    found = assessed(made("lnc:29463-7@2026-06-10{val=70}", as_of=DAY))

    assert _of(found, Site.LIVER).missing == (Missing("body_weight", "no-unit", card=False),)
    assert {site.site for site in found.sites if site.outcome is SiteOutcome.CANNOT_TELL} == {Site.LIVER}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_can_not_tell_when_anything_that_makes_it_fire_is_unreadable(rule: Rule) -> None:
    """Each concept that it names: a broken calcium is not a normal one."""
    facts = facts_of_case(made(as_of=DAY))

    for concept in rule.info.triggers:
        unread = UnreadableRecord("Observation/x", "Observation", frozenset({concept}), "value")
        outcome = rule.judge(Case(replace(facts, unreadable=(unread,)), DAY), rule.info)
        assert outcome == CannotTell((Missing("Observation/x", "value"),)), concept


def test_an_alkaline_phosphatase_without_unit_is_said_by_bone_too() -> None:
    """BONE-4 and the liver rules both read it."""
    found = assessed(made("lnc:6768-6@2026-06-10{val=400}", as_of=DAY))

    unsure = {site.site for site in found.sites if site.outcome is SiteOutcome.CANNOT_TELL}
    assert unsure == {Site.BONE, Site.LIVER}


def test_what_is_missing_does_not_hide_what_was_found() -> None:
    """A lump is a card whether or not another record of a lump can be read."""
    facts = facts_of_case(made("sct:89164003@2026-06-01", as_of=DAY))
    lump = UnreadableRecord("Condition/x", "Condition", frozenset({"breast_lump"}), "modifier")

    found = assess(replace(facts, unreadable=(lump,)), DAY)

    assert levels(found) == {"local": "warning"}
    assert found.missing == (Missing("Condition/x", "modifier"),)


@pytest.mark.parametrize(
    "case, rule, outcome",
    [
        (made("icd:R51.9@2026-06-10", as_of=DAY, history=False), "GATE-1", NotFired),
        (made("icd:R51.9@2026-06-10", "pat:deceased", as_of=DAY), "GATE-2", Fired),
        (made("icd:R51.9@2026-06-10", "sct:385763009@2026-06-01", as_of=DAY), "GATE-2", Fired),
    ],
)
def test_a_patient_out_of_scope_is_so_by_a_rule_of_the_gate(case: Vignette, rule: str, outcome: type) -> None:
    """No other rule is asked."""
    found = assessed(case)

    assert {site.outcome for site in found.sites} == {SiteOutcome.NOT_IN_SCOPE}
    assert {(result.rule, type(result.outcome)) for site in found.sites for result in site.results} == {(rule, outcome)}


def test_distant_findings_after_in_situ_disease_are_not_in_scope() -> None:
    """Which is another silence than finding nothing."""
    found = assessed(made("icd:D05.11@2019-03-10", "icd:R51.9@2026-06-10", as_of=DAY, history=False))

    assert _of(found, Site.BRAIN).outcome is SiteOutcome.NOT_IN_SCOPE
    assert _of(found, Site.LUNG).outcome is SiteOutcome.NOTHING_FOUND


def test_an_urgent_finding_after_in_situ_disease_has_the_work_up_of_a_critical_one() -> None:
    """A warning in name; the finding is urgent in itself."""
    found = assessed(made("icd:D05.11@2019-03-10", "icd:R56.9@2026-06-10", as_of=DAY, history=False))

    assert levels(found) == {"brain": "warning"}
    assert orders(found) == ["brain_mri", "emergency_referral"]


def test_the_triggers_that_stand_come_most_urgent_first() -> None:
    """Those that lead to no card are kept apart."""
    brain = assessed(made("icd:R51.9@2026-06-10", "icd:R56.9@2026-06-10", as_of=DAY)).cards[0]
    explained = assessed(made("icd:R51.9@2026-06-10", "icd:G43.109@2004-01-01", as_of=DAY))

    standing = [judged.level for judged in brain.active_triggers]
    assert standing == sorted(standing, key=lambda level: -(level or 0))
    assert brain.active_triggers[0].level is Level.CRITICAL
    assert _of(explained, Site.BRAIN).active_triggers == ()
    assert len(_of(explained, Site.BRAIN).judged) == 1


def test_secondary_keys_are_those_that_are_not_primary() -> None:
    """A referral that is suggested is not named a second time."""
    for case in CASES.values():
        for card in assessed(case).cards:
            taken = {*card.orders, *card.waiting, *(done.key for done in card.done)}
            assert not taken & set(card.secondary), case.id


def test_before_the_rules_were_in_force_none_is_asked() -> None:
    """The day that is looked at picks the version."""
    found = assess(facts_of_case("V001"), date(1999, 12, 31))

    assert {site.results for site in found.sites if site.outcome is not SiteOutcome.NOT_IN_SCOPE} <= {()}
    assert levels(found) == {}


def test_the_version_of_every_rule_that_was_asked_is_kept() -> None:
    """Yesterday's answer can be explained tomorrow."""
    found = assessed(made(as_of=DAY))

    asked = {result.rule: result.version for site in found.sites for result in site.results}
    assert asked == {rule.id: rule.info.version for rule in RULES}


@pytest.mark.parametrize(
    "tokens, site",
    [
        (("icd:N64.52@2026-06-10", "icd:N64.3@2026-06-01"), Site.LOCAL),
        (("icd:N64.52@2026-06-10", "icd:Z39.1@2026-06-01"), Site.LOCAL),
        (("icd:N64.53@2026-06-10", "icd:Q83.8@1970-01-01"), Site.LOCAL),
        (("icd:R63.0@2026-06-10", "rx:1991302@2026-05-01"), Site.LIVER),
        (("sct:89362005@2026-06-10", "rx:1991302@2026-05-01"), Site.LIVER),
        (("icd:R05.9@2026-05-01/2026-06-10", "icd:J44.9@2020-01-01"), Site.LUNG),
    ],
)
def test_what_is_found_and_explained_away_is_said_to_be_explained(tokens: tuple[str, ...], site: Site) -> None:
    """Nothing found would be another silence."""
    found = assessed(made(*tokens, as_of=DAY))

    assert _of(found, site).outcome is SiteOutcome.EXPLAINED
    assert _of(assessed(made(*tokens[1:], as_of=DAY)), site).outcome is SiteOutcome.NOTHING_FOUND
