"""Two versions of a rule or of a number side by side: the day that is looked at picks one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mutation.cases import came_out, stated
from rules.assess import assess
from rules.case import Case
from rules.codes import KnowledgeError
from rules.outcome import Fired, Level, Outcome, Trigger
from rules.registry import RULES, checked, overdue
from rules.rule import Rule
from rules.sheet import Former, RuleInfo, read_sheet, sheet
from rules.sites import FOLDERS
from tests.evaluating import CASES, facts_of_case, levels, made

LAST_DAY, FIRST_DAY = date(2026, 6, 30), date(2026, 7, 1)
BLOOD = next(rule for rule in RULES if rule.id == "LUNG-3")
ENTRY = """
[[rules]]
id = "LUNG-3"
title = "Blood coughed up"
version = "{version}"
effective_from = {first}
effective_to = {last}
review_by = 2030-01-01
logic = "-"
"""


def _milder(case: Case, rule: RuleInfo) -> Outcome:
    """A second version of LUNG-3: info."""
    blood = case.find("hemoptysis")
    return case.outcome(rule, [Trigger(rule.id, Level.INFO, blood)] if blood else [])


@contextmanager
def a_second_version() -> Iterator[tuple[Rule, ...]]:
    """The rules with a second version of LUNG-3 from July 2026."""
    versions = sheet("lung").versions
    assert isinstance(versions, dict)
    (own,) = versions["LUNG-3"]
    second = replace(own, version="2.0.0", effective_from=FIRST_DAY)
    versions["LUNG-3"] = (replace(own, effective_to=LAST_DAY), second)
    try:
        yield (*RULES, replace(BLOOD, version="2.0.0", judge=_milder))
    finally:
        versions["LUNG-3"] = (own,)


@pytest.mark.parametrize("as_of, version, level", [(LAST_DAY, BLOOD.version, "warning"), (FIRST_DAY, "2.0.0", "info")])
def test_the_day_that_is_looked_at_picks_the_version(as_of: date, version: str, level: str) -> None:
    """Yesterday's answer can still be computed, and the trace says by which version."""
    facts = facts_of_case(made("icd:R04.2@2026-06-20", as_of=as_of))

    with a_second_version() as rules:
        found = assess(facts, as_of, checked(rules))

    fired = [(r.rule, r.version) for s in found.sites for r in s.results if isinstance(r.outcome, Fired)]
    assert fired == [("LUNG-3", version)]
    assert levels(found) == {"lung": level}


def test_a_version_that_is_not_in_force_is_not_overdue() -> None:
    """Its review no longer matters."""
    with a_second_version():
        assert overdue(date(2027, 11, 25)).count("LUNG-3") == 0
    assert overdue(date(2027, 11, 25)).count("LUNG-3") == 1


def test_a_rule_that_is_described_but_judged_by_nothing_is_refused() -> None:
    """A sheet that promises more than the service does would mislead its reader."""
    with a_second_version(), pytest.raises(KnowledgeError, match=r"describes LUNG-3 2\.0\.0, which nothing judges"):
        checked(RULES)


def test_two_versions_that_hold_on_the_same_day_are_refused() -> None:
    """A day has one version."""
    first = ENTRY.format(version="1.0.0", first="2020-01-01", last="2026-07-01")
    second = ENTRY.format(version="2.0.0", first="2026-07-01", last="2030-01-01")

    with pytest.raises(KnowledgeError, match=r"LUNG-3 2\.0\.0 begins before 1\.0\.0 ends"):
        read_sheet("lung", first + second)


def test_on_a_day_without_a_version_there_is_none() -> None:
    """Between two versions and before the first."""
    first = ENTRY.format(version="1.0.0", first="2020-01-01", last="2026-06-29")
    second = ENTRY.format(version="2.0.0", first="2026-07-01", last="2030-01-01")
    lung = read_sheet("lung", second + first)

    assert lung.rule("LUNG-3", date(2026, 6, 29)).version == "1.0.0"
    assert lung.rule("LUNG-3", FIRST_DAY).version == "2.0.0"
    assert lung.version("LUNG-3", "2.0.0").effective_from == FIRST_DAY
    with pytest.raises(KeyError):
        lung.rule("LUNG-3", LAST_DAY)
    with pytest.raises(KeyError):
        lung.version("LUNG-3", "3.0.0")


def test_a_number_has_the_value_of_its_day() -> None:
    """What a limit was before stands beside it, with its last day."""
    lung = read_sheet(
        "lung",
        """
        [limits]
        spo2 = { value = 92, unit = "%", basis = "OP", what = "-", earlier = [
            { value = 90, until = 2026-06-30 }, { value = 88, until = 2020-12-31 } ] }
        """,
    )

    days = (date(2020, 12, 31), date(2021, 1, 1), LAST_DAY, FIRST_DAY)
    assert [lung.limit("spo2", day) for day in days] == [88, 90, 90, 92]
    assert lung.days("spo2", FIRST_DAY).days == 92
    with pytest.raises(KnowledgeError, match="spo2 can't have earlier values"):
        lung.constant("spo2")


@pytest.mark.parametrize("as_of, expected", [(LAST_DAY, {"lung": "info"}), (FIRST_DAY, {})])
def test_an_assessment_uses_the_number_of_its_day(as_of: date, expected: dict[str, str]) -> None:
    """A cough of 15 days lasted while two weeks were the limit."""
    limits = sheet("evidence").limits
    assert isinstance(limits, dict)
    own = limits["persistent_cough_days"]
    limits["persistent_cough_days"] = replace(own, earlier=(Former(Decimal(14), LAST_DAY),))
    try:
        found = assess(facts_of_case(made("icd:R05.9@2026-06-05/2026-06-20", as_of=as_of)), as_of)
    finally:
        limits["persistent_cough_days"] = own

    assert levels(found) == expected


@pytest.mark.sweep
def test_every_number_is_asked_for_on_the_day_that_is_looked_at() -> None:
    """With former values beside all of them, long before, every case comes out as it states."""
    tables = [sheet(folder).limits for folder in FOLDERS]
    own = [dict(table) for table in tables]
    try:
        for table in tables:
            assert isinstance(table, dict)
            for name, limit in table.items():
                if name not in WITHOUT_DAY:
                    table[name] = replace(limit, earlier=(Former(limit.value + 1000, date(1900, 1, 1)),))
        wrong = [case.id for case in CASES.values() if came_out(case, facts_of_case(case)) != stated(case)]
    finally:
        for table, before in zip(tables, own, strict=True):
            assert isinstance(table, dict)
            table.update(before)

    assert wrong == []


WITHOUT_DAY = {"score_max", "score_severe", "score_mild", "negation_reach", "marked_percent"}
"""Numbers that say how words and ratings are read."""
