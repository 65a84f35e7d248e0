"""Sides by code and by words, and what they have in common."""

import csv
from pathlib import Path

import pytest

from rules.facts import Code, Side, System
from rules.sides import covers, joined, may_be, only, own_display, parts, side_in, side_of_code

KBV = "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_SEITENLOKALISATION"
ICD, SNOMED, LOINC = System.ICD10CM, System.SNOMED, System.LOINC


@pytest.mark.parametrize(
    "system, code, side",
    [
        (ICD, "N63.21", Side.LEFT),
        (ICD, "N63.2", Side.LEFT),
        (ICD, "N63", None),
        (ICD, "N63.0", None),
        (ICD, "M84.311", Side.RIGHT),
        (ICD, "Z90.1", None),
        (ICD, "Z90.13", Side.BOTH),
        (ICD, "H54", None),
        (SNOMED, "7771000", Side.LEFT),
        ("urn:oid:2.16.840.1.113883.6.96", "73056007", Side.RIGHT),
        (SNOMED, "429009003", Side.LEFT),
        (SNOMED, "301717006", None),
        (SNOMED, "89164003", None),
        (SNOMED, "1", None),
        (LOINC, "26346-7", Side.BOTH),
        (LOINC, "24605-8", None),
        (KBV, "R", Side.RIGHT),
        ("urn:local", "R", None),
    ],
)
def test_a_code_says_its_own_side(system: str, code: str, side: Side | None) -> None:
    """A shortened code only where all below it agree; a quadrant of the abdomen is no side."""
    assert side_of_code(system, code) is side


@pytest.mark.parametrize(
    "text, side",
    [
        ("Lump in left breast", Side.LEFT),
        ("Right-sided mass", Side.RIGHT),
        ("Bilateral mammogram", Side.BOTH),
        ("both breasts", Side.BOTH),
        ("left and right breast", Side.BOTH),
        ("left breast, right arm", None),
        ("no lump in the left breast", Side.LEFT),
        ("not left", None),
        ("right upper quadrant", None),
        ("Knoten der linken Mamma", Side.LEFT),
        ("Mamma rechts", Side.RIGHT),
        ("beidseits", Side.BOTH),
        ("brightness", None),
        ("", None),
    ],
)
def test_a_text_says_a_side_in_whole_words(text: str, side: Side | None) -> None:
    """English and German; left beside right is both only where the text joins them."""
    assert side_in(text) is side


def test_statements_about_one_thing_contradict_and_those_about_several_add_up() -> None:
    """Two codings of one concept; two body sites."""
    both = (Side.LEFT, None, Side.RIGHT)

    assert (only(both), joined(both)) == (None, Side.BOTH)
    assert (only((None, Side.LEFT)), joined((None, Side.LEFT))) == (Side.LEFT, Side.LEFT)
    assert (only((Side.BOTH, Side.LEFT)), joined(())) == (Side.BOTH, None)
    assert [parts(side) for side in (None, Side.LEFT, Side.BOTH)] == [(), (Side.LEFT,), (Side.LEFT, Side.RIGHT)]


def test_another_side_excludes_and_none_does_not() -> None:
    """A denial without a side holds for both, one of a side for that side alone."""
    assert may_be(None, Side.LEFT)
    assert may_be(Side.BOTH, Side.LEFT)
    assert not may_be(Side.RIGHT, Side.LEFT)
    assert covers(None, Side.LEFT)
    assert covers(Side.BOTH, Side.LEFT)
    assert covers(Side.LEFT, Side.LEFT)
    assert not covers(Side.LEFT, None)
    assert not covers(Side.LEFT, Side.BOTH)


def test_a_code_has_its_own_display_or_none() -> None:
    """Never that of the code above it."""
    assert own_display(Code(ICD, "N63.21")) == "Unspecified lump in the left breast, upper outer quadrant"
    assert own_display(Code(ICD, "N63")) == "Unspecified lump in breast"
    assert own_display(Code(ICD, "N63.0")) is None


def test_every_line_of_the_table_has_a_side_and_a_display() -> None:
    """Each code once."""
    with (Path(__file__).parents[2] / "rules" / "laterality.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert {row["side"] for row in rows} == {side.value for side in Side}
    assert all(row["display"] for row in rows)
    assert len({(row["system"], row["code"]) for row in rows}) == len(rows)
