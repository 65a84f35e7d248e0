"""The code lists and the index over them."""

from importlib.resources import files

import pytest

from rules.codes import Catalogue, KnowledgeError, Row, catalogue, read_rows
from rules.facts import Code, System
from rules.sites import FOLDERS

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

    assert names.reach(("spo2",)) == "vital"
    assert names.reach(("lab_calcium", "calcium")) == "laboratory"
    assert names.reach(("body_weight", "spo2")) == "weight"
    assert names.reach(("body_height",)) is None
    assert names.reach(("spo2", "headache")) is None
    assert names.reach(("cxr",)) is None


def test_every_concept_of_a_folder_is_known_by_the_folder() -> None:
    """The gate reads its own records only."""
    assert "bc_invasive" in catalogue().concepts_in("gate")
    assert catalogue().concepts_in("nowhere") == frozenset()
    assert catalogue().codes_of("nothing") == ()


def test_the_lists_that_are_read_again_are_the_same() -> None:
    """Every line of every folder, and what is said of every code."""
    texts = {folder: (files("rules") / folder / "codes.csv").read_text(encoding="utf-8") for folder in FOLDERS}
    own, again = catalogue(), Catalogue(row for folder, text in texts.items() for row in read_rows(folder, text))

    assert again.rows == own.rows
    assert catalogue.__wrapped__().rows == own.rows
    for row in own.rows:
        assert again.concepts(row.code) == own.concepts(row.code)
        assert again.display(row.code) == own.display(row.code)
        assert again.codes_of(row.concept) == own.codes_of(row.concept)
        assert again.concepts_in(row.folder) == own.concepts_in(row.folder)
        assert again.reach((row.concept,)) == own.reach((row.concept,))


def test_a_line_is_read_as_it_stands() -> None:
    """Each column has its place."""
    lines = "cough,symptom,lung,icd-10-cm,R05,Cough,y,alone,seen\ncough,symptom,lung,snomed,49727002,Cough,n,,\n"

    first, second = read_rows("lung", HEADER + lines)

    assert first == Row(
        "lung", "cough", "symptom", "lung", Code(System.ICD10CM, "R05"), "Cough", descendants=True, note="alone"
    )
    assert second == Row(
        "lung", "cough", "symptom", "lung", Code(System.SNOMED, "49727002"), "Cough", descendants=False, note=""
    )


def _listing(*lines: str) -> Catalogue:
    return Catalogue(read_rows("lung", HEADER + "\n".join(lines)))


def test_of_icd_prefixes_the_longest_listed_one_counts_and_an_exact_line_beside_it() -> None:
    """A line with descendants speaks for what is below it until a longer line speaks."""
    found = _listing(
        "a,symptom,lung,icd-10-cm,R05,A,y,,",
        "b,symptom,lung,icd-10-cm,R05.1,B,y,,",
        "c,symptom,lung,icd-10-cm,R05.12,C,n,,",
        "d,symptom,lung,icd-10-cm,R05.12,D,y,,",
        "a,symptom,lung,icd-10-cm,R06,A again,n,,",
    )

    def concepts(code: str) -> tuple[str, ...]:
        return found.concepts(Code(System.ICD10CM, code))

    assert [concepts(code) for code in ("R05", "R05.2", "R05.1", "R05.19")] == [("a",), ("a",), ("b",), ("b",)]
    assert [concepts(code) for code in ("R05.12", "R05.123")] == [("c", "d"), ("d",)]
    assert [concepts(code) for code in ("R06", "R06.0", "R0", "R07")] == [("a",), (), (), ()]
    assert found.codes_of("a") == (Code(System.ICD10CM, "R05"), Code(System.ICD10CM, "R06"))
    assert found.codes_of("z") == ()
    assert found.concepts_in("lung") == {"a", "b", "c", "d"}
    assert found.concepts_in("liver") == frozenset()


def test_the_name_of_a_code_is_its_own_then_that_of_what_is_above_it_then_the_code() -> None:
    """The first line that names a code names it."""
    found = _listing(
        "a,symptom,lung,icd-10-cm,R05,Cough,y,,",
        "b,symptom,lung,icd-10-cm,R05.1,Acute cough,y,,",
        "c,symptom,lung,icd-10-cm,R05.1,Another name,y,,",
        "a,symptom,lung,snomed,49727002,Coughing,n,,",
    )
    names = {code: found.display(Code(System.ICD10CM, code)) for code in ("R05", "R05.9", "R05.1", "R05.12", "R06.1")}

    assert names == {
        "R05": "Cough",
        "R05.9": "Cough",
        "R05.1": "Acute cough",
        "R05.12": "Acute cough",
        "R06.1": "R06.1",
    }
    assert found.display(Code(System.SNOMED, "49727002")) == "Coughing"
    assert found.display(Code(System.SNOMED, "25064002")) == "25064002"


def test_a_range_of_categories_stands_for_each_of_them() -> None:
    """From the first to the last, and no further."""
    found = _listing("other,exclusion,general,icd-10-cm,C08-C11,Cancers,y,,")
    met = {code: found.concepts(Code(System.ICD10CM, code)) for code in ("C07", "C08", "C09.1", "C11.9", "C12")}

    assert met == {"C07": (), "C08": ("other",), "C09.1": ("other",), "C11.9": ("other",), "C12": ()}
