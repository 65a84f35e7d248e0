"""Laboratory values: units, limits, grades, and which of several counts (LAB-1)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rules.case import Case
from rules.facts import Facts, Quantity, Record
from rules.labs.value import Grade, converted, newest_value, unit_of, unusable
from rules.outcome import Missing
from tests.evaluating import assessed, case_of, facts_of_case, levels, made

DAY = date(2026, 6, 15)


def _levels(*tokens: str) -> dict[str, str]:
    return levels(assessed(made(*tokens, as_of=DAY)))


@pytest.mark.parametrize(
    "test, value, unit, expected",
    [
        ("lab_bilirubin_total", "17.1", "umol/L", "1"),
        ("lab_bilirubin_total", "20.52", "µmol/L", "1.2"),
        ("lab_calcium", "3", "mmol/L", "12.024"),
        ("lab_alt", "2", "ukat/L", "120"),
        ("lab_alt", "80", "IU/L", "80"),
        ("lab_alt", "80", "[IU]/L", "80"),
        ("lab_albumin", "35", "g/L", "3.5"),
        ("lab_hemoglobin", "95", "g/L", "9.5"),
        ("lab_hemoglobin", "6", "mmol/L", "9.666"),
        ("lab_platelets", "90", "10*3/uL", "90"),
        ("lab_platelets", "90000", "/uL", "90"),
        ("lab_inr", "1.6", None, "1.6"),
        ("lab_inr", "1.6", "{INR}", "1.6"),
        ("lab_alt", "80", None, None),
        ("lab_alt", "80", "mg/dL", None),
        ("lab_inr", "1.6", "s", None),
    ],
)
def test_a_value_is_read_in_the_unit_that_the_rules_count_in(
    test: str, value: str, unit: str | None, expected: str | None
) -> None:
    """By UCUM code, else by the text of the unit; a value in an unknown unit is not used."""
    for quantity in (Quantity(Decimal(value), code=unit), Quantity(Decimal(value), text=unit)):
        found = converted(quantity, test)
        assert (None if found is None else round(found, 6)) == (None if expected is None else Decimal(expected))


def test_a_unit_text_helps_where_the_code_is_unknown() -> None:
    """A local code with a well-known text is common."""
    assert converted(Quantity(Decimal(80), code="x", text=" U/L "), "lab_alt") == 80
    assert unit_of("lab_bilirubin_total") == "mg/dL"


@pytest.mark.parametrize(
    "tokens, expected",
    [
        (("lnc:1742-6@2026-06-10{val=>300;unit=U/L;high=100}",), None),
        (("lnc:1742-6@2026-06-10{val=>301;unit=U/L;high=100}",), "info"),
        (("lnc:1742-6@2026-06-10{val=<301;unit=U/L;high=100}",), None),
        (("lnc:1742-6@2026-06-10{val=<=301;unit=U/L;high=100}",), None),
        (("lnc:1742-6@2026-06-10{val=-301;unit=U/L;high=100}",), None),
        (("lnc:1742-6@2026-06-10{val=301;unit=U/L;high=100;st=preliminary}",), None),
        (("lnc:1742-6@2026-06-10{val=301;unit=U/L;high=100;st=amended}",), "info"),
        (("lnc:1742-6@2026-06-10{val=301;unit=U/L;high=100;st=entered-in-error}",), None),
        (("lnc:1742-6@2026-06-10{val=301;unit=U/L;high=1.67;runit=ukat/L}",), "info"),
        (("lnc:1742-6@2026-06-10{val=301;unit=U/L;high=100;runit=mg/dL}",), "warning"),
        (("lnc:1742-6@2026-06-10{val=301;unit=U/L;high=0}",), "warning"),
        (("lnc:1742-6@2026-06-10{val=301;unit=U/L;high=200}",), None),
    ],
)
def test_a_value_counts_as_its_report_says(tokens: tuple[str, ...], expected: str | None) -> None:
    """Status, comparator, and an upper limit that must convert to the unit of the value."""
    assert _levels(*tokens).get("liver") == expected


@pytest.mark.parametrize(
    "test, code, steps",
    [
        ("lab_alt", "1742-6", (100, 101, 301, 501)),
        ("lab_ast", "1920-8", (100, 101, 301, 501)),
        ("lab_alp", "6768-6", (100, 101, 251, 501)),
    ],
)
def test_a_grade_is_that_of_the_multiple_of_the_upper_limit(test: str, code: str, steps: tuple[int, ...]) -> None:
    """CTCAE grades 1 to 3, each above its step."""
    for value, grade in zip(steps, Grade, strict=True):
        found = newest_value(case_of(f"lnc:{code}@2026-06-10{{val={value};unit=U/L;high=100}}", as_of=DAY), test)
        assert found is not None
        assert found.grade is grade


def test_a_high_flag_makes_a_value_mild_and_never_less_than_its_number_says() -> None:
    """The laboratory knows its own limit."""
    grades = {}
    for value in (50, 301):
        token = f"lnc:1742-6@2026-06-10{{val={value};unit=U/L;high=100;interp=H}}"
        found = newest_value(case_of(token, as_of=DAY), "lab_alt")
        assert found is not None
        grades[value] = found.grade

    assert grades == {50: Grade.MILD, 301: Grade.MODERATE}


HB_LOW, HB_NORMAL = "lnc:718-7@2026-06-10{val=9;unit=g/dL}", "lnc:718-7@2026-06-10{val=13;unit=g/dL}"
FEW_NEUTROPHILS = "lnc:751-8@2026-06-10{val=1;unit=10*9/L}"
CALCIUM = "lnc:17861-6@2026-06-10{val=10;unit=mg/dL}"
CALCIUM_11 = "lnc:17861-6@2026-06-10{val=11;unit=mg/dL}"
ALBUMIN = "lnc:1751-7@2026-06-10{val=%s;unit=g/dL}"


@pytest.mark.parametrize(
    "common, twice, expected",
    [
        (("icd:R17@2026-06-10",), ("lnc:6301-6@2026-06-10{val=1.1}", "lnc:6301-6@2026-06-10{val=2}"), "liver:critical"),
        ((FEW_NEUTROPHILS,), (HB_LOW, HB_NORMAL), "bone:warning"),
        ((FEW_NEUTROPHILS,), (HB_LOW.replace("}", ";high=10}"), HB_NORMAL), "bone:warning"),
        ((CALCIUM,), (ALBUMIN % 2, ALBUMIN % 4), "bone:info"),
        (
            (),
            ("lnc:1742-6@2026-06-10{val=50;unit=U/L}", "lnc:1742-6@2026-06-10{val=301;unit=U/L;high=100}"),
            "liver:info",
        ),
    ],
)
def test_of_two_values_of_a_day_the_more_abnormal_counts(
    common: tuple[str, ...], twice: tuple[str, str], expected: str
) -> None:
    """Of counts and albumin that is the lower one, whatever the order of the records."""
    for pair in (twice, twice[::-1]):
        found = _levels(*common, *pair)
        assert " ".join(f"{site}:{level}" for site, level in found.items()) == expected


SHORT_OF_BREATH, BLOOD = "icd:R06.02@2026-06-10", "icd:R04.2@2026-06-10"


@pytest.mark.parametrize(
    "symptom, code, normal, alarming",
    [
        (SHORT_OF_BREATH, "59408-5", "97;unit=%", "85;unit=%"),
        (SHORT_OF_BREATH, "9279-1", "16;unit=/min", "32;unit=/min"),
        (BLOOD, "8867-4", "80;unit=/min", "130;unit=/min"),
        (BLOOD, "8480-6", "120;unit=mm[Hg]", "80;unit=mm[Hg]"),
    ],
)
def test_of_two_vital_signs_of_a_day_the_more_alarming_counts(
    symptom: str, code: str, normal: str, alarming: str
) -> None:
    """The order of the records, or their ids, must not decide whether a card is critical."""
    pair = [f"lnc:{code}@2026-06-14{{val={value}}}" for value in (normal, alarming)]

    assert _levels(symptom, *pair) == _levels(symptom, *pair[::-1]) == {"lung": "critical"}
    assert _levels(symptom, pair[1].replace("06-14", "06-13"), pair[0]) == {"lung": "warning"}


def test_a_newer_value_counts_whatever_the_older_was() -> None:
    """Also where the older one was worse."""
    old, new = "lnc:1742-6@2026-05-01{val=900;unit=U/L}", "lnc:1742-6@2026-06-10{val=20;unit=U/L}"

    assert _levels(old, new) == {}


def test_a_value_without_a_known_unit_is_said_but_makes_no_card_of_its_own() -> None:
    """Only recent ones of a report that counts; nor does one below nothing."""
    case = case_of(
        "lnc:1742-6@2026-06-10/2026-06-09{val=300}",
        "lnc:1920-8@2026-01-10{val=300}",
        "lnc:6768-6@2026-06-10{val=300;st=entered-in-error}",
        "lnc:2324-2@2026-06-10{val=-3;unit=U/L}",
        as_of=DAY,
    )

    found = unusable(case, ("lab_alt", "lab_ast", "lab_alp", "lab_ggt"))

    assert found == (Missing("lab_alt", "unit", card=False), Missing("lab_ggt", "value", card=False))


@pytest.mark.parametrize(
    "given, upper",
    [
        ({"applies_to": ("female",)}, 100),
        ({"applies_to": ("male",)}, 40),
        ({"age_low": 70}, 40),
        ({"age_high": 50}, 40),
        ({"age_low": 60, "age_high": 60}, 100),
        ({"type": "therapeutic"}, 40),
        ({"high": None}, 40),
    ],
)
def test_a_reference_range_counts_for_whom_it_is_meant(given: dict[str, object], upper: int) -> None:
    """Of other ranges the assumed limit is better."""
    facts = facts_of_case(made("lnc:1742-6@2026-06-10{val=130;unit=U/L;high=100}", as_of=DAY))
    records = tuple(_with_range(record, given) if "lab_alt" in record.concepts else record for record in facts.records)

    value = newest_value(Case(replace(facts, records=records), DAY), "lab_alt")

    assert value is not None
    assert int(value.upper) == upper
    assert value.assumed is (upper == 40)


def _with_range(record: Record, given: dict[str, object]) -> Record:
    (found,) = record.ranges
    return replace(record, ranges=(replace(found, **given),))  # type: ignore[arg-type]


def test_a_range_whose_age_is_unknown_counts() -> None:
    """Without an age of the patient nobody can say that it does not."""
    facts = facts_of_case(made("lnc:1742-6@2026-06-10{val=130;unit=U/L;high=100}", as_of=DAY))

    value = newest_value(Case(Facts(records=facts.records), DAY), "lab_alt")

    assert value is not None
    assert value.upper == 100


def test_a_value_of_nought_has_a_ratio() -> None:
    """A test without an upper limit is measured against itself."""
    value = newest_value(case_of("lnc:751-8@2026-06-10{val=0;unit=10*9/L}", as_of=DAY), "lab_neutrophils")

    assert value is not None
    assert value.ratio == 0


@pytest.mark.parametrize(
    "tokens, corrected, uncorrected",
    [
        ((CALCIUM_11,), None, True),
        (
            ("lnc:17861-6@2026-06-10{val=11;unit=mg/dL}", "lnc:1751-7@2026-06-09{val=3;unit=g/dL}"),
            Decimal("11.8"),
            False,
        ),
        ((CALCIUM_11, "lnc:46099-8@2026-06-10{val=12.5;unit=mg/dL}"), None, False),
        (("lnc:17861-6@2026-06-11{val=11;unit=mg/dL}", "lnc:46099-8@2026-06-10{val=12.5;unit=mg/dL}"), None, True),
    ],
)
def test_the_card_can_say_how_a_calcium_was_corrected(
    tokens: tuple[str, ...],
    corrected: Decimal | None,
    uncorrected: bool,  # noqa: FBT001
) -> None:
    """By albumin, by the laboratory (which wins on the same day), or not at all."""
    bone = assessed(made(*tokens, as_of=DAY)).cards[0]

    measure = bone.judged[0].trigger.finding.measure

    assert measure is not None
    assert (measure.corrected, measure.uncorrected, measure.limit_assumed) == (corrected, uncorrected, True)
