"""The whole assessment: silence with its reason, rules that fail, what is missing."""

from dataclasses import replace
from datetime import date

import pytest

from rules.assess import SiteOutcome, assess
from rules.case import Case
from rules.facts import Days, Facts, Gap, Person, UnreadableRecord
from rules.outcome import CannotTell, Outcome, Site
from rules.registry import RULES
from tests.evaluating import assessed, facts_of_case, levels, made

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

    def broken(_case: Case) -> Outcome:
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


def test_the_age_is_that_of_the_first_possible_birthday() -> None:
    """A year of birth alone makes a patient as old as may be."""
    born = Person(born=Days(date(1996, 6, 16), date(1996, 6, 16)))

    assert Case(Facts(person=born), DAY).age == 29
    assert Case(Facts(person=Person(born=Days(date(1996, 6, 15), date(1996, 6, 15)))), DAY).age == 30
    assert Case(Facts(), DAY).age is None


def test_the_cards_come_most_urgent_first_then_in_the_order_of_sites() -> None:
    """Critical, warning, info; brain before bone, lung, liver, node, breast."""
    assert [site.site.value for site in assessed("V033").cards] == ["brain", "liver"]
