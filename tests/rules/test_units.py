"""Units in the spellings of laboratories, and the factors that they stand for."""

from decimal import Decimal

import pytest

from rules.facts import Quantity
from rules.labs.value import SHEET as LABS
from rules.labs.value import converted
from rules.lung.rule import SHEET as LUNG
from rules.sheet import Factors
from rules.units import factor, normalised
from rules.weight.series import SHEET as WEIGHT
from rules.weight.series import converted as converted_weight

CALCIUM = Factors({"mg/dL": Decimal(1), "mg/100mL": Decimal(1), "mmol/L": Decimal("4.008")})
INR = Factors({"INR": Decimal(1), "": Decimal(1)})
TABLES = {
    f"{where.folder}-{name}": table for where in (LABS, WEIGHT, LUNG) for name, table in sorted(where.units.items())
}


@pytest.mark.parametrize(
    "written, meant",
    [
        pytest.param("u/l", "U/L", id="lower-case"),
        pytest.param("MG/DL", "mg/dL", id="upper-case"),
        pytest.param(" mg / dL ", "mg/dL", id="blanks"),
        pytest.param("IU/L", "U/L", id="international"),
        pytest.param("[iU]/L", "U/L", id="international-in-ucum"),
        pytest.param("[U/L]", "U/L", id="all-in-brackets"),
        pytest.param("[IU/L]", "U/L", id="international-in-brackets"),
        pytest.param("mIU/mL", "mU/mL", id="milli-international"),
        pytest.param("m[IU]/mL", "mU/mL", id="milli-international-in-ucum"),
        pytest.param("mmHg", "mm[Hg]", id="mercury-without-brackets"),
        pytest.param("\N{MICRO SIGN}mol/L", "umol/L", id="micro-sign"),
        pytest.param("\N{GREEK SMALL LETTER MU}kat/L", "ukat/L", id="greek-mu"),
        pytest.param("10^9/L", "10*9/L", id="power-by-caret"),
        pytest.param("10**9/L", "10*9/L", id="power-by-two-stars"),
        pytest.param("x10^9/L", "10*9/L", id="times-by-letter"),
        pytest.param("\N{MULTIPLICATION SIGN}10^9/L", "10*9/L", id="times-by-sign"),
        pytest.param("x 10E9/l", "10*9/L", id="power-by-e"),
        pytest.param("10\N{SUPERSCRIPT NINE}/L", "10*9/L", id="power-by-superscript"),
        pytest.param("10\N{SUPERSCRIPT THREE}/\N{MICRO SIGN}L", "10*3/uL", id="two-spellings-at-once"),
        pytest.param("Kg", "kg", id="weight"),
    ],
)
def test_another_spelling_is_the_same_unit(written: str, meant: str) -> None:
    """As laboratories, EHRs and UCUM write it."""
    assert normalised(written) == normalised(meant)


@pytest.mark.parametrize(
    "one, other",
    [
        ("U/L", "mU/L"),
        ("mg/dL", "g/dL"),
        ("umol/L", "mmol/L"),
        ("10*9/L", "10*6/L"),
        ("10*3/uL", "/uL"),
        ("kg", "g"),
        ("U/L", "U/mL"),
        ("", "1"),
    ],
)
def test_another_unit_stays_another(one: str, other: str) -> None:
    """A prefix, a power or a volume is no spelling."""
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize("name", TABLES)
def test_spellings_of_one_unit_in_a_table_have_one_factor(name: str) -> None:
    """Else case or brackets would decide a value."""
    found: dict[str, set[Decimal]] = {}
    for unit, number in TABLES[name].items():
        found.setdefault(normalised(unit), set()).add(number)

    assert [unit for unit, numbers in found.items() if len(numbers) > 1] == []


@pytest.mark.parametrize("name", TABLES)
def test_every_listed_unit_has_its_factor_by_code_and_by_text(name: str) -> None:
    """The rules' own unit is among them."""
    table = TABLES[name]

    assert 1 in table.values()
    for unit, number in table.items():
        assert number > 0
        assert factor(Quantity(Decimal(5), code=unit), table) == number
        assert factor(Quantity(Decimal(5), text=unit.upper()), table) == number


@pytest.mark.parametrize(
    "code, text, table, expected",
    [
        pytest.param("mmol/L", None, CALCIUM, "4.008", id="code-alone"),
        pytest.param(None, "mmol/l", CALCIUM, "4.008", id="text-alone"),
        pytest.param("mmol/L", "mmol/l", CALCIUM, "4.008", id="both-alike"),
        pytest.param("mg/dL", "mg/100mL", CALCIUM, "1", id="two-names-of-one-factor"),
        pytest.param("mg/dL", "milligrams", CALCIUM, "1", id="unknown-text-beside-a-known-code"),
        pytest.param("local-7", "mg/dL", CALCIUM, "1", id="unknown-code-beside-a-known-text"),
        pytest.param("mg/dL", "mmol/L", CALCIUM, None, id="contradiction"),
        pytest.param("U/L", "IU/L", CALCIUM, None, id="both-unknown"),
        pytest.param(None, None, CALCIUM, None, id="none-where-the-table-wants-one"),
        pytest.param(None, None, INR, "1", id="none-where-the-table-has-none"),
        pytest.param(" ", "", INR, "1", id="blank-is-none"),
        pytest.param("%", None, INR, None, id="unknown-is-not-none"),
    ],
)
def test_code_and_text_tell_one_factor_or_none(
    code: str | None, text: str | None, table: Factors, expected: str | None
) -> None:
    """A contradiction is not resolved by a guess."""
    wanted = None if expected is None else Decimal(expected)

    assert factor(Quantity(Decimal(2), code, text), table) == wanted


@pytest.mark.parametrize(
    "test, number, unit, expected",
    [
        ("lab_alt", "2", "\N{MICRO SIGN}kat/l", "120"),
        ("lab_alp", "130", "IU/L", "130"),
        ("lab_calcium", "2.5", "mmol/l", "10.02"),
        ("lab_albumin", "40", "G/L", "4.0"),
        ("lab_platelets", "250000", "/\N{MICRO SIGN}l", "250"),
        ("lab_platelets", "250", "x10\N{SUPERSCRIPT NINE}/L", "250"),
        ("lab_hemoglobin", "120", "g/l", "12.0"),
        ("bp_systolic", "20", "kPa", "150.01240"),
        ("lab_alt", "40", "mg/dL", None),
    ],
)
def test_a_laboratory_value_is_converted_from_any_spelling(
    test: str, number: str, unit: str, expected: str | None
) -> None:
    """A unit of another measurement converts to nothing."""
    wanted = None if expected is None else Decimal(expected)

    assert converted(Quantity(Decimal(number), text=unit), test) == wanted


@pytest.mark.parametrize(
    "number, unit, table, expected",
    [
        ("70", "KG", "units", "70"),
        ("70000", "g", "units", "70"),
        ("100", "[lb_av]", "units", "45.359237"),
        ("100", "lb_av", "units", "45.359237"),
        ("170", "CM", "height_units", "1.7"),
        ("1.7", None, "height_units", None),
        ("70", None, "units", None),
    ],
)
def test_weight_and_height_are_converted_from_any_spelling(
    number: str, unit: str | None, table: str, expected: str | None
) -> None:
    """Without a unit neither is used."""
    wanted = None if expected is None else Decimal(expected)

    assert converted_weight(Quantity(Decimal(number), code=unit), table) == wanted
