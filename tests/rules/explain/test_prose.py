"""Numbers in texts."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from rules.codes import KnowledgeError
from rules.explain.prose import filled, logic
from rules.registry import RULES
from rules.sheet import sheet
from rules.sites import FOLDERS


def test_a_text_names_the_numbers_of_its_own_sheet_and_of_others() -> None:
    """As they are written there; a ratio may be asked for in percent."""
    assert filled("bone", "within {strain_days} days") == "within 60 days"
    assert filled("bone", "{evidence.fresh_days} and {albumin_normal}") == "30 and 4.0"
    assert filled("weight", "more than {spike_from%}") == "more than 20 %"


def test_a_number_that_is_in_no_sheet_is_refused() -> None:
    """The message names the sheet and the number."""
    with pytest.raises(KnowledgeError, match=r"rules/bone/rule\.toml has no limit streng_days"):
        filled("bone", "{streng_days}")


def _texts() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        yield from ((folder, info.logic) for versions in sheet(folder).versions.values() for info in versions)
        yield from ((folder, use) for vs in sheet(folder).versions.values() for i in vs for use in i.uses.values())
        yield from ((folder, statement.text) for statement in sheet(folder).statements)


def test_every_text_of_the_sheets_can_be_filled_in() -> None:
    """No brace is left over."""
    assert all("{" not in filled(folder, text) for folder, text in _texts())


def test_a_limit_that_changes_changes_what_the_rule_says() -> None:
    """A number stands in one place."""
    limits = sheet("bone").limits
    own = limits["strain_days"]
    bone_1 = next(rule for rule in RULES if rule.id == "BONE-1")
    before = logic("bone", bone_1.info)
    assert isinstance(limits, dict)
    limits["strain_days"] = replace(own, value=Decimal(61))

    try:
        assert logic("bone", bone_1.info) == before.replace("60 days", "61 days") != before
    finally:
        limits["strain_days"] = own
