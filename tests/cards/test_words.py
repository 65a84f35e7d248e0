"""Every phrase that a card can need is there, and none is left over."""

import re
from importlib.resources import files

import pytest

from cards.words import missing, source, words
from rules.codes import catalogue
from rules.rule import sheet
from tests.evaluating import CASES, assessed

SITES = ("local", "regional", "brain", "bone", "liver", "lung")


def test_every_finding_reason_and_note_that_a_case_brings_up_has_words() -> None:
    """Over all cases; a missing phrase would be a card that fails."""
    judged = [judged for case in CASES.values() for site in assessed(case).sites for judged in site.judged]

    findings = {finding.concept for each in judged for finding in each.trigger.findings}
    reasons = {name for each in judged for name in (*each.lowered_by, *each.trigger.explained_by)} - {"in-situ"}
    notes = {name for each in judged for name in each.trigger.notes}
    assert findings <= words()["finding"].keys()
    assert reasons <= words()["reason"].keys()
    assert notes <= words()["note"].keys()


def test_every_symptom_and_finding_of_the_code_lists_has_words() -> None:
    """Also those that no case combines."""
    listed = {row.concept for row in catalogue().rows if row.role in ("symptom", "finding") and row.folder in SITES}

    assert listed - {"galactorrhea"} <= words()["finding"].keys()


def test_every_alternative_explanation_has_words() -> None:
    """As the sheet's rules may name it."""
    listed = {row.concept for row in catalogue().rows if row.role == "alternative-explanation"}
    never_named = {
        *("alt_congenital_nipple", "alt_bells_palsy", "alt_stroke_sequela", "alt_neuropathy", "galactorrhea"),
        *("alt_osteoporosis_fracture", "alt_joint_pain_ai"),
    }

    assert listed - never_named <= words()["reason"].keys()


def test_every_work_up_key_has_a_name_and_codes() -> None:
    """An order without a name or a code can't be placed."""
    keys = {key for folder in SITES for keys in sheet(folder).workup.values() for key in keys}

    assert keys <= words()["order"].keys()
    assert all(catalogue().codes_of(key) for key in keys)
    assert words()["order"].keys() == {row.concept for row in catalogue().rows if row.role == "workup"}


def test_no_order_is_a_tumour_marker() -> None:
    """ASCO: markers do not help to find a recurrence."""
    assert not re.search(r"marker|CA 15|CA 27|CEA", " ".join(words()["order"].values()))


@pytest.mark.parametrize(
    "what, phrase",
    [
        ("Procedure", "procedures"),
        ("lab_alt", "a laboratory value"),
        ("Condition/123", "a record"),
        ("body_weight", "a body weight"),
    ],
)
def test_what_is_missing_is_named_without_showing_the_record(what: str, phrase: str) -> None:
    """An id is no name for a clinician."""
    assert source(what) == phrase


def test_a_reason_nobody_foresaw_still_has_words() -> None:
    """A new code of an error must not make a card fail."""
    assert missing("status-418") == "it could not be had"
    assert missing("late") == "it came too late"


def test_the_words_hold_no_markup() -> None:
    """They are put between markup of ours."""
    text = (files("cards") / "words.toml").read_text(encoding="utf-8")

    assert not re.search(r"[<>*_`|]", "".join(re.findall(r'= "(.*)"', text)))
