"""A raised tumour marker is context, and nothing else."""

from datetime import date

import pytest

from rules.labs.marker import raised_marker
from tests.evaluating import assessed, cards_of, case_of, levels, made, orders

DAY = date(2026, 6, 15)
RAISED = "lnc:6875-9@2026-06-01{val=60;unit=U/mL;high=30}"
HEADACHE = "icd:R51.9@2026-06-10"
SENTENCE = "A tumour marker was raised on 2026-06-01"


@pytest.mark.parametrize(
    "tokens, raised",
    [
        ((RAISED,), True),
        (("lnc:2039-6@2026-06-01{val=60;unit=ng/mL;interp=H}",), True),
        (("lnc:6875-9@2026-06-01{val=30;unit=U/mL;high=30}",), False),
        (("lnc:6875-9@2026-06-01{val=60;unit=U/mL}",), False),
        (("lnc:6875-9@2026-06-01{val=<60;unit=U/mL;high=30}",), False),
        (("lnc:6875-9@2026-06-01{val=60;unit=U/mL;high=30;runit=kU/mL}",), False),
        (("lnc:6875-9@2026-06-01{val=60;unit=U/mL;high=30;runit=IU/ml}",), True),
        (("lnc:6875-9@2026-06-01{val=60;unit=U/mL;high=30;rtype=treatment}",), False),
        (("lnc:6875-9@2026-06-01{val=60;unit=U/mL;high=30;st=preliminary}",), False),
        (("lnc:6875-9@2026-03-17{val=60;unit=U/mL;high=30}",), True),
        (("lnc:6875-9@2026-03-16{val=60;unit=U/mL;high=30}",), False),
        ((RAISED, "lnc:6875-9@2026-06-08{val=20;unit=U/mL;high=30}"), False),
        ((RAISED, "lnc:6875-9@2026-05-08{val=20;unit=U/mL;high=30}"), True),
        ((RAISED, "lnc:2039-6@2026-06-08{val=2;unit=ng/mL;high=5}"), True),
        (("lnc:1742-6@2026-06-01{val=60;unit=U/L;high=30}",), False),
    ],
)
def test_a_marker_is_raised_as_its_newest_report_says(tokens: tuple[str, ...], *, raised: bool) -> None:
    """By its flag or its own limit in the same unit, within 90 days."""
    assert (raised_marker(case_of(*tokens, as_of=DAY)) is not None) is raised


def test_a_marker_of_before_the_cancer_is_none_of_it() -> None:
    """What led to the diagnosis is history."""
    cancer = "icd:C50.412@2026-05-20"
    early, late = (f"lnc:6875-9@{on}{{val=60;unit=U/mL;high=30}}" for on in ("2026-05-19", "2026-05-20"))

    assert raised_marker(case_of(cancer, early, as_of=DAY, history=False)) is None
    assert raised_marker(case_of(cancer, late, as_of=DAY, history=False)) is not None


def test_a_raised_marker_alone_makes_no_card() -> None:
    """It is not recommended for finding a recurrence."""
    found = assessed(made(RAISED, as_of=DAY))

    assert levels(found) == {}
    assert found.marker is not None


def test_a_raised_marker_is_named_on_a_card_and_changes_nothing_else() -> None:
    """Level and orders are those of the headache."""
    alone, beside = made(HEADACHE, as_of=DAY), made(HEADACHE, RAISED, as_of=DAY)

    assert SENTENCE in cards_of(beside)[0].detail
    assert SENTENCE not in cards_of(alone)[0].detail
    assert (levels(assessed(beside)), orders(assessed(beside))) == ({"brain": "info"}, ["brain_mri"])


def test_without_a_history_nobody_asks_for_markers() -> None:
    """A raised marker of another patient concerns another service."""
    assert assessed(made(RAISED, HEADACHE, as_of=DAY, history=False)).marker is None
