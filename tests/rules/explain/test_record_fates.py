"""What became of each record: the same as the rules saw, for every case."""

from datetime import date

import pytest

from rules.case import Case
from rules.explain.record_fates import Fate, record_fates
from rules.facts import Days, Facts, Kind, Record
from rules.sites import LOCOREGIONAL, Site
from tests.evaluating import CASES, case_of, facts_of_case

DAY = date(2026, 6, 15)


@pytest.mark.sweep
def test_what_counts_is_what_the_rules_find() -> None:
    """Of every concept of every case: the records of the finding, and no others."""
    for name, stated in CASES.items():
        case = Case(facts_of_case(name), stated.as_of)
        counted: dict[str, set[Record]] = {}
        local = {each.concept: each.site in LOCOREGIONAL for each in record_fates(case)}
        for each in record_fates(case):
            counted.setdefault(each.concept, set())
            if each.fate is Fate.COUNTS:
                counted[each.concept].add(each.record)
        for concept, records in counted.items():
            finding = case.find(concept, local=local[concept])
            assert records == set(finding.records if finding else ()), (name, concept)


@pytest.mark.sweep
def test_why_nothing_counts_is_why_the_rules_are_silent() -> None:
    """Before the cancer and too old are named for the same concepts as in the rules."""
    for name, stated in CASES.items():
        case = Case(facts_of_case(name), stated.as_of)
        for each in record_fates(case):
            if each.fate in (Fate.BEFORE_CANCER, Fate.TOO_OLD):
                case.find(each.concept, local=each.site in LOCOREGIONAL)
                silences = case.exclusions[each.concept]
                counts = case.find(each.concept, local=each.site in LOCOREGIONAL)
                assert counts is not None or each.fate.value in {silence.value for silence in silences}


@pytest.mark.parametrize(
    "tokens, fates",
    [
        (("icd:R51.9@2026-06-02",), [Fate.COUNTS]),
        (("icd:R51.9@2018-06-02",), [Fate.BEFORE_CANCER]),
        (("icd:R51.9@2024-06-02",), [Fate.TOO_OLD]),
        (("icd:R51.9@2026-06-02{st=resolved}",), [Fate.ENDED]),
        (("icd:R51.9@2026-06-02{ver=refuted}",), [Fate.SAYS_NOTHING]),
        (("icd:R51.9@2026-09-02",), [Fate.IN_FUTURE]),
        (("icd:R51.9@2026-05-02", "icd:R51.9@2026-06-02{st=resolved}"), [Fate.CANCELLED, Fate.ENDED]),
    ],
    ids=["counts", "before", "old", "ended", "refuted", "future", "cancelled"],
)
def test_a_headache_comes_to(tokens: tuple[str, ...], fates: list[Fate]) -> None:
    """Each reason for which a record makes no finding is told apart."""
    found = [each for each in record_fates(case_of(*tokens, as_of=DAY)) if each.concept == "headache"]

    assert [each.fate for each in found] == fates
    assert {each.site for each in found} == {Site.BRAIN}


def test_what_takes_a_record_away_is_named() -> None:
    """The later record that says it is over."""
    case = case_of("icd:R51.9@2026-05-02", "icd:R51.9@2026-06-02{st=resolved}", as_of=DAY)
    cancelled, ended = (each for each in record_fates(case) if each.concept == "headache")

    assert cancelled.by is ended.record


def test_a_record_that_can_not_be_read_is_no_evidence() -> None:
    """Its date can't be read: that is said, it neither counts nor denies."""
    headache = Record("Condition/1", Kind.CONDITION, (), frozenset({"headache"}), broken="date")
    denied = Record(
        "Observation/1",
        Kind.OBSERVATION,
        (),
        frozenset({"headache", "value_absent"}),
        status="final",
        recorded=Days(DAY, DAY),
    )

    fates = [each.fate for each in record_fates(Case(Facts(records=(headache, denied)), DAY))]

    assert fates == [Fate.UNREADABLE, Fate.DENIES]
