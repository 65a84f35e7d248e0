"""The rule sheets."""

import tomllib
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from rules.codes import KnowledgeError
from rules.facts import Code, System
from rules.outcome import Level
from rules.registry import RULES
from rules.rule import plan_keys, read_sheet, sheet

FOLDERS = sorted({rule.sheet for rule in RULES} | {"gate", "evidence", "weight", "labs", "workup"})


@pytest.mark.parametrize(
    "text",
    [
        "[limits\n",
        "[limits]\nx = { unit = 'd' }\n",
        "[code_sets]\nx = { codes = ['icd9:1'] }\n",
        "[[rules]]\nid = 'X-1'\n",
        "[[citations]]\nid = 'S1'\n",
        "[limits]\nx = { value = 'many' }\n",
    ],
)
def test_a_wrong_sheet_is_refused_with_its_name(text: str) -> None:
    """A sheet is edited by people who don't read Python: the error names the file and what to compare it with."""
    with pytest.raises(KnowledgeError, match=r"rules/brain/rule\.toml: .*compare with the sheet of a neighb"):
        read_sheet("brain", text)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_limit_says_its_unit_its_basis_and_what_it_means(folder: str) -> None:
    """A number without these can't be reviewed."""
    data = tomllib.loads((files("rules") / folder / "rule.toml").read_text(encoding="utf-8"))

    for name, limit in data.get("limits", {}).items():
        assert {"value", "unit", "basis", "what"} <= limit.keys(), name
    assert all("what" in found for found in data.get("code_sets", {}).values())
    assert sheet(folder).folder == folder


def test_every_rule_has_a_title_a_version_dates_and_its_logic_in_words() -> None:
    """That is what the page behind a card shows."""
    for rule in RULES:
        info = rule.info
        assert info.id == rule.id
        assert info.title
        assert info.version
        assert info.logic
        assert info.effective_from < info.review_by


def test_a_code_set_holds_codes_and_whatever_is_below_a_star() -> None:
    """What is no code is in no set."""
    central = sheet("brain").code_sets["central_sight"]

    assert Code(System.ICD10CM, "H53.461") in central
    assert Code(System.SNOMED, "24982008") in central
    assert Code(System.ICD10CM, "H53.9") not in central
    assert "H53.461" not in central


def test_a_factor_may_be_written_as_a_fraction() -> None:
    """17.1 micromoles are a milligram of bilirubin."""
    factor = sheet("labs").units["lab_bilirubin_total_units"]["umol/L"]

    assert round(factor * Decimal("17.1"), 6) == 1


def test_a_plan_is_taken_at_its_level_then_as_a_whole_then_from_the_site() -> None:
    """A lowered card carries the work-up of its lowered level."""
    assert plan_keys("bone", "spine", Level.WARNING) == ("spine_mri", "cmp", "onc_referral")
    assert plan_keys("bone", "spine", Level.INFO) == ("cmp",)
    assert plan_keys("regional", "neck", Level.INFO) == ("axilla_us", "onc_referral")
    assert plan_keys("lung", None, Level.CRITICAL) == ("emergency_referral", "ct_chest")


def test_a_rule_holds_from_its_first_day_to_its_last() -> None:
    """The day that is looked at picks the version."""
    info = RULES[0].info

    assert info.in_force(info.effective_from)
    assert not info.in_force(date(1999, 12, 31))
