"""The code lists and the index over them."""

import pytest

from rules.codes import KnowledgeError, catalogue, read_rows
from rules.facts import Code, System

HEADER = "concept,role,site,system,code,display,descendants,note,verified_in\n"
ICD = System.ICD10CM.value


@pytest.mark.parametrize(
    "line, problem",
    [
        ("headache,symptom,brain,icd-9-cm,784.0,Headache,n,,", "line 2: system 'icd-9-cm' is none of icd-10-cm"),
        ("headache,symptom,brain,icd-10-cm,51,Headache,n,,", "line 2: '51' has not the shape of a icd-10-cm code"),
        ("headache,symptom,brain,snomed,0123,Headache,n,,", "line 2: '0123' has not the shape of a snomed code"),
        ("headache,symptom,brain,snomed,25064002,Headache,yes,,", "line 2: descendants is 'yes', write y or n"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(line: str, problem: str) -> None:
    """Whoever edits a list reads which line is wrong and why."""
    with pytest.raises(KnowledgeError, match=r"rules/brain/codes\.csv") as caught:
        list(read_rows("brain", HEADER + line))

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "system, code, concepts",
    [
        (ICD, "R51", ("headache",)),
        (ICD, "R51.9", ("headache",)),
        (ICD, "R519", ("headache",)),
        (ICD, " r51.9 ", ("headache",)),
        ("urn:oid:2.16.840.1.113883.6.90", "R51.9", ("headache",)),
        ("urn:oid:2.16.840.1.113883.6.96", "25064002", ("headache",)),
        (ICD, "M25.551", ("limb_girdle_pain",)),
        (ICD, "M25.511", ("alt_joint_pain_ai",)),
        (ICD, "D61.810", ("alt_chemo_cytopenia",)),
        (ICD, "D61.818", ("cytopenia_coded",)),
        (ICD, "C18.9", ("other_primary_cancer",)),
        (ICD, "C50.A1", ("bc_invasive",)),
        (ICD, "R05", ("cough",)),
        ("http://snomed.info/sct", "249945007", ("focal_weakness", "cord_red_flag")),
    ],
)
def test_a_listed_code_is_found_however_it_is_written(system: str, code: str, concepts: tuple[str, ...]) -> None:
    """OIDs, missing dots, longer codes; of ICD-10-CM prefixes the longest listed one."""
    found = catalogue().known(system, code)

    assert found is not None
    assert set(found[1]) == set(concepts)


@pytest.mark.parametrize(
    "system, code",
    [
        ("http://hl7.org/fhir/sid/icd-9-cm", "784.0"),
        (ICD, "R05.4"),
        (ICD, "N64.40"),
        (ICD, "Z99"),
        ("http://snomed.info/sct", "R51.9"),
        ("http://loinc.org", "00000-0"),
        ("", "R51.9"),
    ],
)
def test_a_code_that_is_not_listed_matches_nothing(system: str, code: str) -> None:
    """A code without its system is no code, and a code is not guessed."""
    assert catalogue().known(system, code) is None


def test_a_code_is_shown_by_its_own_name_or_that_of_the_listed_one_above_it() -> None:
    """Cards show our display texts, not the record's."""
    names = catalogue()

    assert names.display(Code(System.SNOMED, "25064002")) == "Headache"
    assert names.display(Code(System.ICD10CM, "C50.412")) == "Malignant neoplasm of breast"
    assert names.display(Code(System.ICD10CM, "Q99.9")) == "Q99.9"


def test_a_measurement_matters_for_a_while_and_everything_else_for_ever() -> None:
    """So old vital signs need not be read; the name of an order beside a test changes nothing."""
    names = catalogue()

    assert names.reach(("spo2",)) == "vital_reach_days"
    assert names.reach(("lab_calcium", "calcium")) == "lab_reach_days"
    assert names.reach(("body_weight", "spo2")) == "weight_reach_days"
    assert names.reach(("body_height",)) is None
    assert names.reach(("spo2", "headache")) is None
    assert names.reach(("cxr",)) is None


def test_every_concept_of_a_folder_is_known_by_the_folder() -> None:
    """The gate reads its own records only."""
    assert "bc_invasive" in catalogue().concepts_in("gate")
    assert catalogue().concepts_in("nowhere") == frozenset()
    assert catalogue().codes_of("nothing") == ()
