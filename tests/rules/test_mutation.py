"""The clinical data changed piece by piece: cases notice, nothing stays changed, and what nobody notices is said."""

from contextlib import nullcontext

import pytest

from mutation.changes import Change, all_changes
from mutation.data import run
from rules.codes import catalogue
from rules.facts import Code, System
from rules.sheet import sheet
from tests.evaluating import CASES, facts_of_case

CHANGES = tuple(all_changes())


WITHOUT_EFFECT = "code set evidence: persistent 196746003"
"""Persistent vomiting stands on the list of rules.md EV-6, but vomiting is only ever the companion of another finding,
and no rule asks how long a companion has lasted."""
SAID_EITHER_WAY = "code evidence: value_unknown "
"""Begin of the changes of a code for "not known". Without it the answer is not understood, and said to be so."""
FIRST_OF_EACH_KIND = [next(c for c in CHANGES if c.kind == kind) for kind in dict.fromkeys(c.kind for c in CHANGES)]


ASKED_FOR_BY_NAME = [c for c in CHANGES if c.name.endswith(("REG-1 vaccination", "BRAIN-4 alt_bells_palsy"))]
"""Explanations that a rule looks up by itself before it weighs them."""


@pytest.mark.parametrize("change", [*FIRST_OF_EACH_KIND, *ASKED_FOR_BY_NAME], ids=lambda change: change.name)
def test_a_case_notices_a_change(change: Change) -> None:
    """One of each kind, and two more; all of them are held against the cases by the slow tests."""
    (result,) = run([change])

    assert result.case in CASES


@pytest.mark.slow
def test_a_case_notices_each_alternative_that_is_taken_away() -> None:
    """What explains a finding is read from the sheets alone."""
    alternatives = [change for change in CHANGES if change.kind == "alternative"]

    assert [result.change.name for result in run(alternatives) if result.case is None] == []


def test_every_limit_code_alternative_and_key_is_changed_once() -> None:
    """Numbers in both directions."""
    counted = {change.name for change in CHANGES}
    codes = [change for change in CHANGES if change.kind == "code"]

    assert len(counted) == len(CHANGES)
    assert len(codes) == len(catalogue().rows)
    assert {"limit lung: spo2 +", "limit lung: spo2 -", "alternative lung: LUNG-2 alt_gerd"} <= counted


def test_after_a_change_everything_is_as_before() -> None:
    """Also what the process remembers of the knowledge."""
    headache = Code(System.SNOMED, "25064002")
    gone = next(c for c in CHANGES if c.name == "code brain: headache 25064002 of sct")
    moved = next(c for c in CHANGES if c.name == "limit lung: spo2 +")
    own = sheet("lung").limits["spo2"]

    with gone.made(), moved.made():
        assert catalogue().concepts(headache) == ()
        assert sheet("lung").limits["spo2"].value > own.value

    assert catalogue().concepts(headache) == ("headache",)
    assert sheet("lung").limits["spo2"] == own


@pytest.mark.sweep
def test_a_change_that_matters_to_nobody_is_reported_as_unnoticed() -> None:
    """Here one that changes nothing."""
    (result,) = run([Change("nothing", "lung", "nothing", nullcontext)])

    assert result.case is None


@pytest.mark.slow
def test_every_change_of_the_clinical_data_makes_a_case_fail() -> None:
    """Each number a step up and down; each code, alternative, trigger, word and primary key taken away."""
    unnoticed = [result.change.name for result in run(CHANGES) if result.case is None]

    assert [name for name in unnoticed if not name.startswith(SAID_EITHER_WAY)] == [WITHOUT_EFFECT]


def test_the_cases_are_read_as_before_whatever_was_changed() -> None:
    """The facts of a case that another test holds are not those of a changed knowledge."""
    before = facts_of_case("V018")
    change = next(c for c in CHANGES if c.name == "code brain: headache R51 of icd-10-cm")

    list(run([change]))

    assert facts_of_case("V018") == before
