"""What a rule may know: the few things that facts say of themselves."""

from decimal import Decimal

import pytest

from rules.facts import NO_VALUE, Code, Quantity, System, Value


@pytest.mark.parametrize(
    "value, given",
    [
        (NO_VALUE, False),
        (Value(absent=True), False),
        (Value(unreadable="number"), False),
        (Value(boolean=False), True),
        (Value(text=""), True),
        (Value(quantity=Quantity(Decimal(0))), True),
        (Value(codes=(Code(System.SNOMED, "2667000"),)), True),
    ],
)
def test_a_value_is_given_when_something_was_recorded(value: Value, given: bool) -> None:  # noqa: FBT001
    """False, nought and an empty text are values; a reason why there is none is not."""
    assert value.given is given


@pytest.mark.parametrize(
    "quantity, unit",
    [
        (Quantity(Decimal(1), "kg", "kilograms"), "kg"),
        (Quantity(Decimal(1), None, "kilograms"), "kilograms"),
        (Quantity(Decimal(1)), None),
    ],
)
def test_a_unit_is_the_ucum_code_or_else_its_text(quantity: Quantity, unit: str | None) -> None:
    """A number without either has no unit."""
    assert quantity.unit == unit
