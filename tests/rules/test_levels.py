"""What remains of a level: freshness, one step down, missing dates (LEVEL-2, STEP-1, EV-2)."""

from dataclasses import replace
from datetime import date

import pytest

from rules.levels import apply_steps, reasons_to_lower
from rules.outcome import Finding, Level, Severity, Trigger
from rules.sites import Site
from tests.evaluating import case_of

DAY = date(2026, 6, 15)
FRESH, STALE = date(2026, 5, 16), date(2026, 5, 15)
FOUND = Finding("headache", (), newest=FRESH, started=FRESH)
TREATED = case_of(as_of=DAY)
UNDER_TREATMENT = case_of("sct:367336001@2026-06-01{res=Procedure}", as_of=DAY)
IN_SITU = case_of("icd:D05.11@2021-03-10", as_of=DAY, history=False)
INFO, WARNING, CRITICAL = Level


def _trigger(level: Level = WARNING, **more: object) -> Trigger:
    return replace(Trigger("BRAIN-1", level, FOUND), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "trigger, level, lowered_by",
    [
        (_trigger(), WARNING, ()),
        (_trigger(explained_by=("alt_copd",)), INFO, ("alt_copd",)),
        (_trigger(INFO, explained_by=("alt_copd",)), None, ("alt_copd",)),
        (_trigger(CRITICAL, explained_by=("alt_copd",)), CRITICAL, ()),
        (_trigger(explained_by=("alt_copd",), never_lowered=True), WARNING, ()),
        (
            _trigger(explained_by=("a", "b"), finding=replace(FOUND, pre_existing=True)),
            INFO,
            ("a", "b", "pre-existing"),
        ),
        (_trigger(finding=replace(FOUND, pre_existing=True)), INFO, ("pre-existing",)),
        (_trigger(finding=replace(FOUND, pre_existing=True), weighs_history=True), WARNING, ()),
        (_trigger(finding=replace(FOUND, pre_existing=True, severity=Severity.SEVERE)), WARNING, ()),
        (_trigger(finding=replace(FOUND, pre_existing=True, worsening=True)), WARNING, ()),
        (_trigger(finding=replace(FOUND, newest=None)), INFO, ()),
        (_trigger(INFO, finding=replace(FOUND, newest=None)), INFO, ()),
        (_trigger(INFO, finding=replace(FOUND, newest=None), explained_by=("a",)), None, ("a",)),
    ],
)
def test_a_level_goes_down_once_whatever_the_number_of_reasons(
    trigger: Trigger, level: Level | None, lowered_by: tuple[str, ...]
) -> None:
    """Critical stays, and so does what is never lowered."""
    judged = apply_steps(TREATED, Site.BRAIN, trigger)

    assert (judged.level, judged.lowered_by, judged.stale) == (level, lowered_by, False)


def test_a_later_denial_is_a_reason_to_lower() -> None:
    """A templated list of denials is not an examination, but it counts for something."""
    case = case_of("icd:R51.9@2026-06-01", "sct:25064002@2026-06-10{res=Observation;val=false}", as_of=DAY)
    denied = case.find("headache")
    assert denied is not None

    assert reasons_to_lower(case, Site.BRAIN, _trigger(finding=denied)) == ("denied",)


@pytest.mark.parametrize(
    "newest, others, level, stale",
    [
        (FRESH, (), CRITICAL, False),
        (STALE, (), WARNING, True),
        (STALE, (replace(FOUND, newest=FRESH),), CRITICAL, False),
        (STALE, (replace(FOUND, newest=STALE),), WARNING, True),
    ],
)
def test_critical_needs_a_fresh_record_and_else_stays_a_warning(
    newest: date,
    others: tuple[Finding, ...],
    level: Level,
    stale: bool,  # noqa: FBT001
) -> None:
    """Of a combination any of its findings may be fresh; a stale one is not lowered further."""
    trigger = _trigger(CRITICAL, finding=replace(FOUND, newest=newest), others=others, explained_by=("a",))

    judged = apply_steps(TREATED, Site.BRAIN, trigger)

    assert (judged.level, judged.stale) == (level, stale)


def test_critical_without_any_date_is_at_most_info() -> None:
    """Nobody knows that it is of today."""
    judged = apply_steps(TREATED, Site.BRAIN, _trigger(CRITICAL, finding=replace(FOUND, newest=None)))

    assert (judged.level, judged.stale) == (INFO, True)


@pytest.mark.parametrize(
    "holds, level, lowered_by",
    [(False, INFO, ("active-primary-treatment",)), (True, WARNING, ())],
)
def test_treatment_lowers_what_it_may_have_caused(
    holds: bool,  # noqa: FBT001
    level: Level,
    lowered_by: tuple[str, ...],
) -> None:
    """But nothing that is urgent whoever treats."""
    judged = apply_steps(UNDER_TREATMENT, Site.LUNG, _trigger(holds_in_every_state=holds))

    assert (judged.level, judged.lowered_by) == (level, lowered_by)


@pytest.mark.parametrize(
    "site, trigger, level, in_situ",
    [
        (Site.BRAIN, _trigger(), None, False),
        (Site.BRAIN, _trigger(CRITICAL), WARNING, True),
        (Site.BRAIN, _trigger(CRITICAL, finding=replace(FOUND, newest=STALE)), None, False),
        (Site.LOCAL, _trigger(), WARNING, False),
        (Site.REGIONAL, _trigger(), WARNING, False),
    ],
)
def test_after_in_situ_disease_a_distant_finding_counts_only_when_it_is_urgent(
    site: Site,
    trigger: Trigger,
    level: Level | None,
    in_situ: bool,  # noqa: FBT001
) -> None:
    """Breast and nodes are as after any cancer."""
    judged = apply_steps(IN_SITU, site, trigger)

    assert (judged.level, judged.in_situ) == (level, in_situ)
