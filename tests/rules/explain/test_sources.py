"""The sources over all sheets."""

import re

import pytest

from rules.codes import KnowledgeError
from rules.explain import sources as module
from rules.explain.sources import WithoutSymptoms, source, sources, without_symptoms
from rules.sheet import Citation, sheet
from rules.sites import FOLDERS

MARKS = {"OP", "GCK", "-"}


def test_a_source_is_given_with_the_point_its_own_sheet_relies_on() -> None:
    """The same guideline is relied on for different things; where a sheet does not list it, another one does."""
    assert source("brain", "S1").point == "Counsel on persistent headaches."
    assert source("evidence", "S6").title == "ACR Appropriateness Criteria: Palpable Breast Masses"


def test_a_source_that_nobody_lists_is_refused() -> None:
    """The message names the sheet that relies on it."""
    with pytest.raises(KnowledgeError, match=r"rules/brain/rule\.toml relies on S99"):
        source("brain", "S99")


def test_every_source_of_a_rule_stands_in_its_own_sheet() -> None:
    """With the point that the rule relies on."""
    for folder in FOLDERS:
        listed = {citation.id for citation in sheet(folder).citations}
        for versions in sheet(folder).versions.values():
            assert all(set(info.citations) <= listed and info.citations for info in versions)


def test_every_number_rests_on_a_source_or_says_that_it_rests_on_none() -> None:
    """OP, GCK and technical numbers are marked; the rest are sources or parts of the rules."""
    for folder in FOLDERS:
        for name, limit in sheet(folder).limits.items():
            if re.fullmatch(r"S\d+", limit.basis):
                assert source(folder, limit.basis).title
            else:
                assert limit.basis in MARKS or re.fullmatch(r"(EV|WEIGHT|LAB)-\d+", limit.basis), f"{folder}.{name}"


def test_one_id_stands_for_one_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sheets may rely on different points of it, never on different texts."""
    other = WithoutSymptoms((), (Citation("S1", "Another", "Another text", "Point"),))
    monkeypatch.setattr(module, "without_symptoms", lambda: other)

    with pytest.raises(KnowledgeError, match="source S1 is"):
        sources.__wrapped__()


def test_what_is_not_recommended_without_symptoms_rests_on_listed_sources() -> None:
    """The other half of the guidelines, with its own points."""
    listed = {citation.id for citation in without_symptoms().citations}

    assert all(set(statement.citations) <= listed for statement in without_symptoms().statements)
    assert "Tumour markers are never ordered" in [statement.title for statement in without_symptoms().statements]
    assert list(sources())[:3] == ["S1", "S2", "S3"]
