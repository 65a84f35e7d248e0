"""Every case of rules/*/cases.yaml against the rules, and the catalogue: no code, rule or limit without a case."""

from collections import Counter

from mutation.cases import came_out, stated
from rules.assess import assess
from rules.codes import Row, catalogue
from rules.facts import Code, Gap, System
from rules.outcome import CannotTell, Fired, NotFired
from rules.registry import RULES
from tests.evaluating import CASES, assessed, facts_of_case


def test_every_case_comes_out_as_it_states() -> None:
    """One by one, also through HTTP, they stand in tests/service/test_vignettes.py."""
    answers = {case.id: came_out(case, facts_of_case(case)) for case in CASES.values()}
    wrong = {name: found for name, found in answers.items() if found != stated(CASES[name])}

    assert wrong == {}


def _outcomes() -> dict[str, Counter[type]]:
    seen: dict[str, Counter[type]] = {rule.id: Counter() for rule in RULES}
    for case in CASES.values():
        for site in assessed(case).sites:
            for result in site.results:
                seen.setdefault(result.rule, Counter())[type(result.outcome)] += 1
    return {rule: outcomes for rule, outcomes in seen.items() if not rule.startswith("GATE")}


def test_every_rule_fires_in_one_case_and_not_in_another() -> None:
    """A rule without a case is not reviewed."""
    seen = _outcomes()

    assert {rule for rule, outcomes in seen.items() if not (outcomes[Fired] and outcomes[NotFired])} == set()


def test_every_rule_can_say_that_it_cannot_tell() -> None:
    """With the Observations unknown no rule that did not fire may say no."""
    found = assessed("V099", gaps=(Gap("Observation", "late"),))

    outcomes = {type(result.outcome) for site in found.sites for result in site.results}
    assert outcomes == {CannotTell}


def _is_of(code: Code, row: Row) -> bool:
    """Whether a code is that of a row, or below it where descendants count too."""
    below = row.descendants and row.code.system is System.ICD10CM
    return code == row.code or (below and code.system is System.ICD10CM and code.value.startswith(row.code.value))


def test_every_code_of_a_symptom_or_finding_stands_in_a_case() -> None:
    """A code that no case names could be removed without anybody noticing."""
    named: dict[str, set[Code]] = {}
    for case in CASES.values():
        for record in facts_of_case(case).records:
            for concept in record.concepts:
                named.setdefault(concept, set()).update(record.codes)
    rows = [row for row in catalogue().rows if row.role in ("symptom", "finding") and row.folder != "evidence"]

    unnamed = [row for row in rows if not any(_is_of(code, row) for code in named.get(row.concept, ()))]

    assert [(row.concept, row.code.value) for row in unnamed] == []


def test_the_same_facts_give_the_same_assessment() -> None:
    """There is no clock and no chance in the rules."""
    facts, day = facts_of_case("V033"), CASES["V033"].as_of

    assert assess(facts, day) == assess(facts, day)
