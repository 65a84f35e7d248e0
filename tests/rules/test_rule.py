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
from rules.sheet import Citation, CodeSet, Factors, Former, Limit, RuleInfo, Sheet, plan_keys, read_sheet, sheet

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


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_sheet_that_is_read_again_is_the_same(folder: str) -> None:
    """Nothing of it depends on when it is read; no part of it is left behind."""
    text = (files("rules") / folder / "rule.toml").read_text(encoding="utf-8")

    assert read_sheet(folder, text) == sheet(folder)
    assert sheet.__wrapped__(folder) == sheet(folder)


def test_a_sheet_holds_what_its_text_says() -> None:
    """Every part of a rule.toml, read into its type."""
    found = read_sheet("brain", TEXT)

    assert found == Sheet(
        folder="brain",
        versions={
            "X-1": (
                RuleInfo(
                    id="X-1",
                    title="A title",
                    version="1.2.0",
                    effective_from=date(2020, 1, 1),
                    effective_to=date(2030, 1, 1),
                    review_by=date(2027, 1, 1),
                    logic="When it holds.",
                    triggers=("headache",),
                    alternatives=("alt_migraine",),
                    citations=("S1",),
                ),
            )
        },
        limits={"days": Limit(Decimal("1.5"), "d", "OP", "how long", (Former(Decimal(1), date(2021, 1, 1)),))},
        code_sets={
            "heads": CodeSet(
                frozenset({Code(System.SNOMED, "25064002")}),
                ((System.ICD10CM, "G44"),),
                "heads",
                ("snomed:25064002", "icd-10-cm:G44*"),
            )
        },
        words={"bad": ("worse", "worst")},
        workup={"info": ("brain_mri",)},
        citations=(Citation("S1", "A source", "where", "why", 2013),),
        units={"own_units": Factors({"g": Decimal(1), "half": Decimal(1) / Decimal(2)})},
        guideline="One line.",
        title="What it is about",
    )


TEXT = """
title = "What it is about"
guideline = "One line."
[[rules]]
id = "X-1"
title = "A title"
version = "1.2.0"
effective_from = 2020-01-01
effective_to = 2030-01-01
review_by = 2027-01-01
logic = "When it holds."
triggers = ["headache"]
alternatives = ["alt_migraine"]
citations = ["S1"]
[limits]
days = { value = 1.5, unit = "d", basis = "OP", what = "how long", earlier = [{ value = 1, until = 2021-01-01 }] }
[code_sets]
heads = { what = "heads", codes = ["snomed:25064002", "icd-10-cm:G44*"] }
[words]
bad = ["worse", "worst"]
[workup]
info = ["brain_mri"]
[own_units]
g = 1
half = "1/2"
[[citations]]
id = "S1"
title = "A source"
year = 2013
text = "where"
point = "why"
"""


def test_an_empty_sheet_is_a_sheet_of_nothing() -> None:
    """No part is needed."""
    found = read_sheet("brain", "")

    assert found == Sheet("brain", {}, {}, {}, {}, {}, (), {}, "")
