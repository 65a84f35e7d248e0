"""What has a date and differs between two days: versions of rules and numbers."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from rules.explain.changes import Change, changes
from rules.sheet import Former, sheet
from tests.rules.test_versions import BLOOD, FIRST_DAY, LAST_DAY, a_second_version


def test_between_two_days_with_the_same_knowledge_nothing_differs() -> None:
    """As of today's sheets: the first version of every rule is in force from 2000."""
    assert changes(date(2000, 1, 1), FIRST_DAY) == ()


def test_a_rule_with_another_version_is_named_with_both() -> None:
    """In either direction; on two days of one version it is not."""
    with a_second_version():
        assert changes(LAST_DAY, FIRST_DAY) == (Change("LUNG-3", BLOOD.version, "2.0.0"),)
        assert changes(FIRST_DAY, LAST_DAY) == (Change("LUNG-3", "2.0.0", BLOOD.version),)
        assert changes(FIRST_DAY, date(2026, 7, 2)) == ()


def test_before_the_first_version_a_rule_is_not_in_force() -> None:
    """Which is said, not left out."""
    assert Change("LUNG-3", None, BLOOD.version) in changes(date(1999, 12, 31), date(2000, 1, 1))


def test_a_number_is_named_with_its_value_and_unit_on_both_days() -> None:
    """By folder and name, since names repeat."""
    limits = sheet("evidence").limits
    assert isinstance(limits, dict)
    own = limits["persistent_cough_days"]
    limits["persistent_cough_days"] = replace(own, earlier=(Former(Decimal(14), LAST_DAY),))
    try:
        found = changes(LAST_DAY, FIRST_DAY)
    finally:
        limits["persistent_cough_days"] = own

    assert found == (Change("evidence.persistent_cough_days", f"14 {own.unit}", f"{own.value} {own.unit}"),)
