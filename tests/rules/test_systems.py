"""Code systems by every name that records give them, and codes in one form."""

import pytest

from rules.facts import Code, System
from rules.systems import ALIASES, read_code, system_of

HEADACHE = Code(System.SNOMED, "25064002")


@pytest.mark.parametrize(
    "written, system",
    [
        ("https://snomed.info/sct", System.SNOMED),
        ("http://snomed.info/sct/900000000000207008/version/20250701", System.SNOMED),
        ("http://snomed.info/sct/731000124108", System.SNOMED),
        ("http://snomed.info/sct|http://snomed.info/sct/731000124108", System.SNOMED),
        ("SNOMED-CT", System.SNOMED),
        ("SNOMEDCT", System.SNOMED),
        ("SNOMED", System.SNOMED),
        ("http://fhir.de/CodeSystem/sct", System.SNOMED),
        ("urn:oid:2.16.840.1.113883.6.96", System.SNOMED),
        ("https://hl7.org/fhir/sid/icd-10-cm", System.ICD10CM),
        ("http://hl7.org/fhir/sid/icd-10-cm/", System.ICD10CM),
        ("http://hl7.org/fhir/sid/icd-10-cm|2026", System.ICD10CM),
        ("http://terminology.hl7.org/CodeSystem/icd10CM", System.ICD10CM),
        ("ICD-10-CM", System.ICD10CM),
        (" urn:oid:2.16.840.1.113883.6.90 ", System.ICD10CM),
        ("https://loinc.org", System.LOINC),
        ("http://loinc.org/", System.LOINC),
        ("LOINC", System.LOINC),
        ("https://www.nlm.nih.gov/research/umls/rxnorm", System.RXNORM),
        ("http://www.nlm.nih.gov/research/umls/rxnorm/", System.RXNORM),
        ("RxNorm", System.RXNORM),
        ("http://hl7.org/fhir/v3/NullFlavor", System.NULL_FLAVOR),
    ],
)
def test_a_system_is_known_by_the_names_that_records_give_it(written: str, system: System) -> None:
    """Either scheme, a slash too many, a version, an OID, a plain name."""
    assert system_of(written) is system


@pytest.mark.parametrize("form", ALIASES)
def test_every_exact_form_is_known(form: str) -> None:
    """URL, OID, and those of earlier releases."""
    assert system_of(form) is ALIASES[form]


@pytest.mark.parametrize(
    "written",
    ["", "http://example.org", "http://snomed.info/sctx", "icd", "urn:uuid:1", "http://hl7.org/fhir/sid/icd-9"],
)
def test_another_system_is_none(written: str) -> None:
    """A name that is not listed is not guessed."""
    assert system_of(written) is None
    assert read_code(written, "25064002") is None


@pytest.mark.parametrize("value", ["25064002", " 25064002", "25064002 ", "25064002.", "\t25064002\n"])
def test_blanks_and_a_final_dot_make_no_other_code(value: str) -> None:
    """As they come from exports of tables."""
    assert read_code("http://snomed.info/sct", value) == HEADACHE


@pytest.mark.parametrize(
    "system, value, code",
    [
        ("icd-10-cm", "R05.", Code(System.ICD10CM, "R05")),
        ("icd-10-cm", "r05.9 ", Code(System.ICD10CM, "R05.9")),
        ("icd-10-cm", "C50 412", Code(System.ICD10CM, "C50.412")),
        ("icd-10-cm", "c50412", Code(System.ICD10CM, "C50.412")),
        ("icd-10-cm", "C50.41-", Code(System.ICD10CM, "C50.41")),
        ("LOINC", "la6568-5", Code(System.LOINC, "LA6568-5")),
        ("LOINC", "29463-7 ", Code(System.LOINC, "29463-7")),
        ("RxNorm", "1991302.", Code(System.RXNORM, "1991302")),
        ("http://terminology.hl7.org/CodeSystem/v2-0136", "y", Code(System.YES_NO, "Y")),
        ("http://hl7.org/fhir/v3/NullFlavor", "unk", Code(System.NULL_FLAVOR, "UNK")),
        ("http://hl7.org/fhir/data-absent-reason", "Unknown", Code(System.DATA_ABSENT_REASON, "unknown")),
    ],
)
def test_a_code_has_one_form_in_every_system(system: str, value: str, code: Code) -> None:
    """Whatever the case of its letters."""
    assert read_code(system, value) == code


@pytest.mark.parametrize(
    "system", ["http://hl7.org/fhir/sid/icd-10", "ICD10", "http://terminology.hl7.org/CodeSystem/icd10"]
)
def test_a_code_as_long_as_only_icd_10_cm_has_them_is_one(system: str) -> None:
    """Some write them under ICD-10; shorter codes of ICD-10 mean something else there."""
    assert read_code(system, "C50.412") == Code(System.ICD10CM, "C50.412")
    assert read_code(system, "C50412") == Code(System.ICD10CM, "C50.412")
    assert read_code(system, "R06.0") is None
    assert read_code(system, "C50.4123456") is None
