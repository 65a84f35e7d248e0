"""Names of concepts."""

import pytest

from cards.concepts import concept_name, own_names
from rules.codes import KnowledgeError, catalogue
from rules.registry import RULES

GROUPS = {"surgery", "vaccination"}


def test_every_concept_trigger_and_alternative_has_a_name() -> None:
    """A clinician reads the name, not the key."""
    keys = {row.concept for row in catalogue().rows}
    keys |= {name for rule in RULES for name in (*rule.info.triggers, *rule.info.alternatives)}

    assert all(concept_name(key) for key in keys)


def test_no_name_is_of_a_concept_that_there_is_not() -> None:
    """Groups aside, which rules name as alternatives."""
    assert set(own_names()) - GROUPS <= {row.concept for row in catalogue().rows}


def test_a_concept_without_a_name_is_refused_with_the_file_to_add_it_to() -> None:
    """Who adds a concept reads where its name belongs."""
    with pytest.raises(KnowledgeError, match=r"rules/concepts\.toml has no name for new_sign"):
        concept_name("new_sign")


def test_a_measurement_is_named_by_what_is_measured() -> None:
    """The cards' words for it are of a finding: raised, low."""
    assert concept_name("lab_alt") == "ALT"
    assert concept_name("headache") == "headache"
    assert concept_name("alt_copd") == "COPD"
    assert concept_name("cxr") == "Chest X-ray"
