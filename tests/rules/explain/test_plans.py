"""What rules/plans.toml says of the rules' functions, held against every case."""

from collections import defaultdict
from functools import cache

from rules.explain.plans import USUAL, plans
from rules.levels import GradedTrigger
from rules.outcome import Level
from rules.registry import RULES
from rules.sheet import sheet
from tests.evaluating import CASES, assessed


@cache
def _judged() -> dict[str, list[GradedTrigger]]:
    found: dict[str, list[GradedTrigger]] = defaultdict(list)
    for case in CASES.values():
        for site in assessed(case).sites:
            for judged in site.judged:
                found[judged.trigger.rule].append(judged)
    return found


def test_every_rule_proposes_the_work_up_that_is_said_of_it_and_no_other() -> None:
    """As all cases of the rule come out. The breast's is chosen by the patient, not by the rule."""
    for rule in RULES:
        said = {plan.name for plan in plans().of_rule(rule.id)} - {"ultrasound_first"}
        assert {judged.trigger.plan or USUAL for judged in _judged()[rule.id]} == said, rule.id


def test_the_rows_of_every_rule_give_the_levels_that_are_said_of_it_and_no_others() -> None:
    """Before any step down."""
    for rule in RULES:
        assert {judged.trigger.level for judged in _judged()[rule.id]} == set(plans().rows[rule.id]), rule.id


def test_no_rule_ends_at_a_level_that_is_not_said_of_it() -> None:
    """A step down from each row included; and none above what its kind of finding reaches."""
    for rule in RULES:
        said = {plan.name: plans().levels(rule.id, plan) for plan in plans().of_rule(rule.id)}
        for judged in _judged()[rule.id]:
            assert judged.level is None or judged.level in said[judged.trigger.plan or USUAL], rule.id


def test_every_work_up_of_a_sheet_is_proposed_by_some_plan() -> None:
    """One that nobody proposes would not be seen in the publications."""
    levels = {level.indicator for level in Level}
    for folder in {rule.sheet for rule in RULES}:
        named = [plan.name for plan in plans().of_folder(folder)]
        reached = {"secondary", *levels, *named, *(f"{name}_{level}" for name in named for level in levels)}
        assert set(sheet(folder).workup) <= reached, folder


def test_a_level_stands_with_the_one_that_a_step_leads_to() -> None:
    """Critical without fresh evidence is a warning and goes no lower."""
    (cord,) = plans().of_rule("BONE-5")
    usual, calcium = plans().of_rule("BONE-4")

    assert plans().levels("BONE-5", cord) == (Level.CRITICAL, Level.WARNING)
    assert plans().levels("BONE-4", usual) == (Level.WARNING, Level.INFO)
    assert plans().levels("BONE-4", calcium) == (Level.CRITICAL, Level.WARNING, Level.INFO)
