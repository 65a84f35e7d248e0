"""Questions about relatives, genes and a risk, by code and by words."""

import csv
from pathlib import Path

import pytest

from rules.codes import catalogue
from rules.evidence.others import FILE, is_about_others
from rules.facts import Code, System
from rules.systems import SYSTEMS

TABLE = (Path(__file__).parents[2] / "rules" / "evidence" / FILE).read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])
def test_a_listed_question_is_about_others(row: dict[str, str]) -> None:
    """Without any word, and beside a code of something else."""
    code = Code(SYSTEMS[row["system"]], row["code"])

    assert is_about_others([code], ())
    assert is_about_others([Code(System.SNOMED, "25064002"), code], ())
    assert catalogue().findings.isdisjoint(catalogue().concepts(code))


def test_a_question_is_listed_once_with_its_meaning() -> None:
    """Each row says where it was found."""
    assert len({(row["system"], row["code"]) for row in ROWS}) == len(ROWS)
    assert {row["meaning"] for row in ROWS} == {"family", "relative", "genomic", "risk"}
    assert all(row["display"] and row["verified_in"] for row in ROWS)


@pytest.mark.parametrize(
    "code",
    [
        Code(System.SNOMED, "25064002"),
        Code(System.SNOMED, "89164003"),
        Code(System.LOINC, "29463-7"),
        Code(System.LOINC, "75325-1"),
        Code(System.LOINC, "57177007"),
        Code(System.SNOMED, "10157-6"),
        Code(System.ICD10CM, "C50.412"),
    ],
    ids=["headache", "lump", "weight", "symptom", "snomed-as-loinc", "loinc-as-snomed", "cancer"],
)
def test_another_code_is_about_the_patient(code: Code) -> None:
    """A listed number in another system is another code."""
    assert not is_about_others([code], ())


@pytest.mark.parametrize(
    "text",
    [
        "Family history of breast cancer",
        "Does your mother have headaches?",
        "Illness of SISTER or brother",
        "Have your sisters or brothers had cancer?",
        "Did either of your parents have cancer?",
        "Has a son or daughter been ill?",
        "Sons, daughters, nieces, nephews",
        "Breast cancer in an aunt",
        "Aunts and uncles on the maternal side",
        "Paternal grandmother with bone metastases",
        "Grandparents",
        "First-degree relatives",
        "Genetic variant assessment",
        "BRCA1 germline",
        "Risk of falls",
        "Mutter: Brustkrebs",
        "Krebs bei Eltern oder Geschwistern?",
        "Geschwister mit Brustkrebs",
        "Haben Ihre Schwestern oder Töchter Brustkrebs?",
        "Sohn oder Bruder",
        "Tante, Onkel, Großvater",
        "Brustkrebs in der Familie",
        "Familienanamnese",
        "Erblich bedingt?",
        "Sturzrisiko oder Risiko einer Thrombose",
    ],
)
def test_a_question_that_names_a_relative_or_a_risk_is_about_others(text: str) -> None:
    """In English and German."""
    assert is_about_others((), [text])
    assert is_about_others((), ["Question 7", text])


@pytest.mark.parametrize(
    "text",
    [
        "Do you have headaches?",
        "General condition",
        "Generalised pain",
        "Motherhood",
        "Relatively new complaint",
        "Person",
        "Season of the complaint",
        "Asterisk",
        "Haben Sie Kopfschmerzen?",
        "Allgemeinzustand",
        "",
    ],
)
def test_a_question_that_names_neither_is_about_the_patient(text: str) -> None:
    """Only whole words count."""
    assert not is_about_others((), [text])


def test_nothing_asked_is_about_the_patient() -> None:
    """An unlisted code, a blank text, or neither."""
    assert not is_about_others((), ())
    assert not is_about_others([Code(System.LOINC, "1-8")], [" "])
