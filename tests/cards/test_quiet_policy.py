"""The file that says how long overrides last, and what a site may change of it."""

from datetime import timedelta

import pytest

from cards.quiet_policy import Scope, default_policy, quiet_sheet
from cards.words import english
from rules.outcome import Level

TERMS = default_policy().terms


def test_every_reason_of_a_card_has_its_days_and_one_is_left_for_all_others() -> None:
    """No reason can be picked that nobody has thought about."""
    assert list(TERMS) == [*english().tables["override"], "other"]


@pytest.mark.parametrize("name", TERMS)
def test_days_are_within_their_bounds_and_argued(name: str) -> None:
    """A critical card is never quiet for longer than another, and a week at most."""
    term = TERMS[name]

    assert 0 <= term.critical_days <= term.days <= term.most_days <= 180
    assert term.critical_days <= 7
    assert term.why.endswith(".")


def test_an_override_without_a_known_reason_is_the_shortest_and_never_quiets_a_critical_card() -> None:
    """Nobody knows why it was given."""
    assert min(term.days for term in TERMS.values()) == TERMS["other"].days
    assert TERMS["other"].lasts(Level.CRITICAL) == timedelta(0)


def test_what_is_not_a_number_of_a_reason_is_argued_too() -> None:
    """Scope, the clock, and critical cards."""
    assert all(quiet_sheet()[f"{name}_why"].strip() for name in ("scope", "clock_ahead", "critical"))


def test_a_site_changes_what_it_names_and_nothing_else() -> None:
    """Days of one reason, or the scope."""
    changed = default_policy().changed({"not-now": 3}, "user")

    assert (changed.terms["not-now"].days, changed.scope) == (3, Scope.USER)
    assert {name: term for name, term in changed.terms.items() if name != "not-now"} == {
        name: term for name, term in TERMS.items() if name != "not-now"
    }
    assert default_policy().changed({}, None) == default_policy()
