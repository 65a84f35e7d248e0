"""Quantities and reference ranges as records write them."""

from decimal import Decimal

import pytest

from cds_service.fhir.elements.elements import Unreadable
from cds_service.fhir.elements.values import number, quantity, ranges
from rules.facts import Quantity

HIGH = {"high": {"value": 40, "unit": "U/L"}}


@pytest.mark.parametrize(
    "system",
    [
        None,
        "http://unitsofmeasure.org",
        "http://unitsofmeasure.org/",
        "https://unitsofmeasure.org",
        "urn:oid:2.16.840.1.113883.6.8",
        "UCUM",
    ],
)
def test_a_unit_code_is_read_under_every_name_of_ucum(system: str | None) -> None:
    """Without a system too."""
    given = {"value": 3, "unit": "mg", "code": "mg/dL", **({"system": system} if system else {})}

    assert quantity(given) == Quantity(Decimal(3), "mg/dL", "mg")


def test_a_code_of_another_system_is_no_unit() -> None:
    """Then the unit's text is left."""
    assert quantity({"value": 3, "unit": "mg", "code": "258684004", "system": "http://snomed.info/sct"}) == Quantity(
        Decimal(3), None, "mg"
    )


@pytest.mark.parametrize("comparator", ["<<", "ad", "=", "approx", "~", "!="])
def test_a_comparator_outside_fhir_makes_a_quantity_unreadable(comparator: str) -> None:
    """It could mean anything."""
    with pytest.raises(Unreadable):
        quantity({"value": 3, "comparator": comparator})


@pytest.mark.parametrize("given", [True, "3", None, 10**13, Decimal("1e400"), [3]])
def test_an_impossible_number_is_refused(given: object) -> None:
    """Of another type, or too large."""
    with pytest.raises(Unreadable):
        number(given)


@pytest.mark.parametrize(
    "coded, found",
    [
        ({"coding": [{"code": "normal"}]}, "normal"),
        ({"coding": [{"code": "own"}, {"code": "Normal"}]}, "normal"),
        ({"coding": [{"code": "therapeutic"}]}, "therapeutic"),
        ({"text": "Critical range"}, "critical"),
        ({"text": "Normal Range"}, "normal"),
        ({"coding": [{"display": "Treatment range"}]}, "treatment"),
        ({"text": "Referenzbereich"}, "Referenzbereich"),
    ],
)
def test_the_type_of_a_range_is_read_from_codes_and_words(coded: dict[str, object], found: str) -> None:
    """All codings first, then the words."""
    assert [each.type for each in ranges([{**HIGH, "type": coded}])] == [found]


@pytest.mark.parametrize(
    "written, found",
    [("Critical above 40", "critical"), ("normal: up to 40", "normal"), ("panic", "panic"), ("", None)],
)
def test_the_text_of_a_range_says_its_type_where_nothing_else_does(written: str, found: str | None) -> None:
    """Without a type."""
    assert [each.type for each in ranges([{**HIGH, "text": written}])] == [found]


@pytest.mark.parametrize(
    "bound, years",
    [
        ({"value": 18, "code": "a", "system": "http://unitsofmeasure.org"}, 18),
        ({"value": 18, "unit": "years"}, 18),
        ({"value": 18}, 18),
        ({"value": 216, "unit": "mo"}, 18),
        ({"value": 52, "unit": "weeks"}, 1),
        ({"value": 730, "unit": "d"}, 2),
        ({"value": 3, "unit": "fortnights"}, None),
    ],
)
def test_an_age_is_read_in_its_unit(bound: dict[str, object], years: int | None) -> None:
    """In years; an unknown unit is no bound."""
    (found,) = ranges([{**HIGH, "age": {"low": bound, "high": bound}}])

    assert (found.age_low, found.age_high) == (years, years)


@pytest.mark.parametrize(
    "concept, words",
    [
        ({"text": "Adult female"}, ("adult", "female")),
        ({"coding": [{"code": "F"}]}, ("f",)),
        ({"coding": [{"code": "248152002", "display": "Female"}]}, ("female", "248152002")),
    ],
)
def test_the_people_of_a_range_are_read_from_codes_and_words(
    concept: dict[str, object], words: tuple[str, ...]
) -> None:
    """In small letters, word by word."""
    (found,) = ranges([{**HIGH, "appliesTo": [concept]}])

    assert found.applies_to == words
