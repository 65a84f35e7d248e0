"""All rules together: their ids, their sheets, their age."""

from datetime import date

import pytest

from rules.codes import KnowledgeError, catalogue
from rules.registry import RULES, checked, overdue
from rules.rule import Rule, rules_of
from rules.sites import Site


def test_an_id_that_is_used_twice_is_refused() -> None:
    """Ids are never reused."""
    first = RULES[0]

    with pytest.raises(KnowledgeError, match=r"rule id BRAIN-1 1\.0\.0 is used twice"):
        checked((first, first))


def test_a_rule_without_an_entry_in_its_sheet_is_refused() -> None:
    """The message names the file in which the entry has to stand."""
    with pytest.raises(KnowledgeError, match=r"rules/brain/rule\.toml has no \[\[rules\]\] entry for BRAIN-99 1"):
        checked((Rule("BRAIN-99", Site.BRAIN, "brain", RULES[0].judge),))


def test_rules_that_are_in_order_are_returned_as_they_are() -> None:
    """In the order of the cards."""
    assert checked(RULES) == RULES
    assert [rule.id for rule in RULES][:7] == [f"BRAIN-{number}" for number in range(1, 7)] + ["BONE-1"]


def test_rules_past_their_review_are_named() -> None:
    """A hospital must see that its rules have grown old."""
    assert overdue(date(2027, 11, 24)) == ()
    assert set(overdue(date(2027, 11, 25))) == {rule.id for rule in RULES}


def test_every_rule_names_the_concepts_that_can_make_it_fire_by_their_listed_names() -> None:
    """A misspelt one would leave the rule unasked."""
    listed = {row.concept for row in catalogue().rows}

    assert {name for rule in RULES for name in rule.info.triggers} <= listed
    assert all(rule.info.triggers for rule in RULES)


def test_the_rules_of_a_site_are_numbered_in_their_order() -> None:
    """From 1, in the folder of the site, in their first version."""
    first, second = rules_of(Site.REGIONAL, "REG", RULES[0].judge, RULES[1].judge)

    assert first == Rule("REG-1", Site.REGIONAL, "regional", RULES[0].judge, "1.0.0")
    assert second == Rule("REG-2", Site.REGIONAL, "regional", RULES[1].judge, "1.0.0")
