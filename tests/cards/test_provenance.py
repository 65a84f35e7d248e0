"""The thirteen source attributes of each rule."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from cards import provenance
from cards.provenance import source_attributes
from rules.codes import KnowledgeError
from rules.sheet import RuleInfo, read_sheet, sheet
from rules.sites import FOLDERS

NAMES = (
    "Bibliographic citation",
    "Developer",
    "Funding source",
    "Release and revision dates",
    "Use of race",
    "Use of ethnicity",
    "Use of language",
    "Use of sexual orientation",
    "Use of gender identity",
    "Use of sex",
    "Use of date of birth",
    "Use of social determinants of health",
    "Use of health status assessments",
)
TWO_VERSIONS = """
[[rules]]
id = "X-1"
title = "First"
version = "1.0.0"
effective_from = 2000-01-01
effective_to = 2027-01-31
review_by = 2027-11-24
logic = "Info."
citations = ["S1"]

[[rules]]
id = "X-1"
title = "Second"
version = "1.1.0"
effective_from = 2027-02-01
review_by = 2028-02-01
logic = "Info."
citations = ["S1"]

[[citations]]
id = "S1"
title = "Source"
text = "Text"
point = "Point."
"""


def _rules() -> Iterator[tuple[str, RuleInfo]]:
    for folder in FOLDERS:
        yield from ((folder, info) for versions in sheet(folder).versions.values() for info in versions)


def _values(folder: str, rule_id: str) -> dict[str, str]:
    info = next(info for where, info in _rules() if (where, info.id) == (folder, rule_id))
    return {attribute.name: attribute.value for attribute in source_attributes(folder, info)}


@pytest.mark.parametrize("folder, info", list(_rules()), ids=lambda value: getattr(value, "id", ""))
def test_every_rule_has_all_thirteen_source_attributes(folder: str, info: RuleInfo) -> None:
    """A rule without one is refused (ONC HTI-1, 170.315(b)(11))."""
    attributes = source_attributes(folder, info)

    assert tuple(attribute.name for attribute in attributes) == NAMES
    assert all(attribute.value for attribute in attributes)


def test_a_rule_without_a_source_or_with_an_unknown_use_is_refused() -> None:
    """The message names the sheet, the rule and what is wrong."""
    info = sheet("brain").versions["BRAIN-1"][0]

    with pytest.raises(KnowledgeError, match=r"rules/brain/rule\.toml: BRAIN-1 lacks Bibliographic citation$"):
        source_attributes("brain", replace(info, citations=()))
    with pytest.raises(KnowledgeError, match=r"BRAIN-1 lacks nothing; it uses shoe_size, which is no attribute"):
        source_attributes("brain", replace(info, uses={"shoe_size": "42"}))


def test_a_rule_says_what_it_uses_where_others_use_nothing() -> None:
    """Age for the order of breast imaging, sex and age for reference ranges, a degree where a rule reads it."""
    assert "under 30" in _values("local", "LOC-1")["Use of date of birth"]
    assert _values("local", "LOC-8")["Use of date of birth"].startswith("Not used")
    assert "reference range" in _values("liver", "LIVER-4")["Use of sex"]
    assert "18 years" in _values("liver", "LIVER-2")["Use of date of birth"]
    assert "how bad the symptom is" in _values("brain", "BRAIN-1")["Use of health status assessments"]
    assert _values("brain", "BRAIN-5")["Use of sex"].startswith("Not used")


def test_a_later_version_tells_when_it_was_revised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first version is as old as the draft; a later one begins on its day."""
    found = read_sheet("brain", TWO_VERSIONS)
    monkeypatch.setattr(provenance, "sheet", lambda _folder: found)
    first, second = found.versions["X-1"]
    monkeypatch.setattr(provenance, "source", lambda _folder, _name: found.citations[0])

    assert provenance.released("brain", first) == date(2026, 11, 24)
    assert "revised" not in source_attributes("brain", first)[3].value
    assert "Drafted 2026-11-24, revised 2027-02-01 (version 1.1.0" in source_attributes("brain", second)[3].value
