"""Which work-up is done already, and which waits for the end of a pregnancy (WORKUP-2, WORKUP-3)."""

from datetime import date

import pytest

from rules.outcome import Finding
from rules.sites import Site
from rules.workup.plan import Episode, done_already, episode_of, must_wait
from tests.evaluating import assessed, case_of, levels, made, orders

DAY = date(2026, 6, 15)
JUNE_1, JUNE_10 = date(2026, 6, 1), date(2026, 6, 10)


def _finding(concept: str, started: date | None) -> Finding:
    return Finding(concept, (), newest=started, started=started)


@pytest.mark.parametrize(
    "findings, episode",
    [
        ((), None),
        ((_finding("headache", JUNE_1),), Episode(JUNE_1)),
        ((_finding("headache", JUNE_1), _finding("headache", JUNE_10)), Episode(JUNE_10)),
        ((_finding("headache", JUNE_1), _finding("headache", None)), None),
        ((_finding("lab_alt", JUNE_1),), Episode(JUNE_1, strictly_after=True)),
        ((_finding("lab_alt", JUNE_1), _finding("headache", JUNE_10)), Episode(JUNE_10)),
        ((_finding("lab_alt", JUNE_1), _finding("headache", JUNE_1)), Episode(JUNE_1, strictly_after=True)),
    ],
)
def test_the_episode_is_the_one_that_began_last(findings: tuple[Finding, ...], episode: Episode | None) -> None:
    """When nobody knows when one began, nothing counts as done; a test is not its own work-up."""
    assert episode_of(findings) == episode


@pytest.mark.parametrize(
    "token, done",
    [
        ("req:brain_mri@2026-06-01", True),
        ("req:brain_mri@2026-05-31", False),
        ("req:brain_mri@2026-06-02{st=completed}", True),
        ("req:brain_mri@2026-06-02{st=revoked}", False),
        ("req:brain_mri@2026-06-02{st=entered-in-error}", False),
        ("req:brain_mri", False),
        ("req:brain_mri@2026-06-02{res=Procedure}", True),
        ("req:brain_mri@2026-06-02{res=Procedure;st=not-done}", False),
        ("req:brain_mri@2026-06-02{res=DiagnosticReport}", True),
        ("req:brain_mri@2026-06-02{res=DiagnosticReport;st=cancelled}", False),
        ("req:brain_mri@2026-06-02{res=Observation;val=true}", False),
    ],
)
def test_an_order_a_procedure_or_a_report_of_the_episode_is_done(token: str, done: bool) -> None:  # noqa: FBT001
    """Not what was revoked, came before, has no date, or is a bare Observation."""
    case = case_of(token, as_of=DAY)

    assert bool(done_already(case, ("brain_mri", "onc_referral"), [_finding("headache", JUNE_1)])) is done
    assert done_already(case, ("brain_mri",), [_finding("headache", None)]) == ()


def test_of_several_the_newest_is_named() -> None:
    """That is the one whose day the card gives."""
    case = case_of("req:brain_mri@2026-06-02/2026-06-09/2026-06-05", as_of=DAY)

    (done,) = done_already(case, ("brain_mri",), [_finding("headache", JUNE_1)])

    assert (done.key, done.on) == ("brain_mri", date(2026, 6, 9))


def test_radiation_and_contrast_wait_while_the_patient_is_pregnant() -> None:
    """Ultrasound and the chest X-ray do not."""
    keys = ("breast_us", "cxr", "ct_chest", "brain_mri", "bone_scan")

    assert must_wait(case_of("icd:Z33.1@2026-06-01", as_of=DAY), keys) == ("ct_chest", "brain_mri", "bone_scan")
    assert must_wait(case_of(as_of=DAY), keys) == ()


def test_a_card_whose_work_up_is_all_done_is_info_without_orders() -> None:
    """The clinician reads that it is under way."""
    ordered = ("req:dx_mammogram@2026-06-03", "req:breast_us@2026-06-03")

    found = assessed(made("sct:89164003@2026-06-01", *ordered, as_of=DAY))

    assert (levels(found), orders(found)) == ({"local": "info"}, [])
    assert {item.key for item in found.cards[0].done} == {"dx_mammogram", "breast_us"}


def test_a_critical_card_stays_critical_when_all_is_done() -> None:
    """An order does not make an emergency less of one."""
    ordered = ("req:brain_mri@2026-06-11", "req:emergency_referral@2026-06-11")

    found = assessed(made("icd:R56.9@2026-06-10", *ordered, as_of=DAY))

    assert (levels(found), orders(found)) == ({"brain": "critical"}, [])


def test_the_finding_that_alone_gives_the_level_decides_what_is_done() -> None:
    """A companion that began later does not undo an order that answers the symptom itself."""
    ordered = ("req:dx_mammogram@2026-06-03", "req:axilla_us@2026-06-03")
    swelling = ("icd:I97.2@2026-06-08", "sct:127189005@2026-06-01")

    found = assessed(made(*swelling, *ordered, as_of=DAY))

    node = next(site for site in found.sites if site.site is Site.REGIONAL)
    assert {item.key for item in node.done} == {"dx_mammogram", "axilla_us"}


def test_a_severe_value_decides_alone_what_is_done() -> None:
    """Symptoms that came later do not ask for its work-up anew."""
    ordered = [f"req:{key}@2026-06-05" for key in ("hepatic_panel", "ct_cap", "onc_referral")]
    severe = "lnc:1742-6@2026-06-01{val=600;unit=U/L;high=100}"

    assert levels(assessed(made(severe, "icd:R63.0@2026-06-08", *ordered, as_of=DAY))) == {"liver": "info"}


@pytest.mark.parametrize(
    "tokens, site, keys",
    [
        (("icd:R56.9@2026-06-14",), Site.BRAIN, {"ct_head", "cmp"}),
        (
            ("icd:R51.9@2026-06-10{sev=severe}", "icd:Z33.1@2026-05-01"),
            Site.BRAIN,
            {"neuro_referral", "ophthalmology_referral", "cmp"},
        ),
        (("icd:M89.8X9@2026-06-10",), Site.BONE, {"xray_bone", "pet_ct", "ct_cap"}),
        (("lnc:17861-6@2026-06-10{val=12.6;unit=mg/dL;high=10.2}",), Site.BONE, {"pet_ct", "ct_cap"}),
        (("icd:N63.21@2026-06-02",), Site.LOCAL, {"core_biopsy", "breast_mri", "breast_referral"}),
    ],
)
def test_what_may_follow_fits_the_patient_and_the_finding(tokens: tuple[str, ...], site: Site, keys: set[str]) -> None:
    """Same-day tests in an emergency, no radiation in pregnancy, a picture of a bone only where one hurts."""
    (found,) = [each for each in assessed(made(*tokens, as_of=DAY)).cards if each.site is site]

    assert set(found.secondary) == keys
