"""The history that counts, its dates, the state, and which breasts are gone (GATE-1 to GATE-4, STATE-1 to STATE-8)."""

from datetime import date

import pytest

from rules.case import Case
from rules.facts import System
from rules.gate.history import absent_breasts
from rules.gate.state import DiseaseState, State
from rules.sites import LOCOREGIONAL, Site
from tests.evaluating import assessed, case_of, facts_of, facts_of_case, levels, made
from tests.vignettes import resources

DAY = date(2026, 6, 15)
LUMPECTOMY = "sct:392021009@%s{res=Procedure}"


@pytest.mark.parametrize(
    "tokens, index",
    [
        (("icd:C50.412@2021-03-10{onset=2020-11-02}",), date(2020, 11, 2)),
        (("icd:C50.412@2024",), date(2024, 1, 1)),
        (("icd:C50.412@2021-03-10", LUMPECTOMY % "2021-02-01"), date(2021, 2, 1)),
        (("icd:C50.412@2021-03-10", "sct:69031006@2021-02-01{res=Procedure;st=not-done}"), date(2021, 3, 10)),
        (("icd:C50.412@2021-03-10", "sct:429009003@2021-02-01"), date(2021, 3, 10)),
        (("icd:C50.412@2021-03-10", "sct:429009003@2021-02-01{onset=2019-05-01}"), date(2019, 5, 1)),
        (("icd:C50.412@2021-03-10", "sct:69031006@2020-02-01{res=Procedure}"), date(2020, 2, 1)),
        (
            ("icd:C50.412@2021-03-10", "sct:69031006@2020-02-01{res=Procedure}", "icd:Z40.01@2020-02-01"),
            date(2021, 3, 10),
        ),
        (
            ("icd:C50.412@2021-03-10", "sct:69031006@2020-02-01{res=Procedure}", "icd:Z40.01@2020-02-02"),
            date(2020, 2, 1),
        ),
        (
            (
                "icd:C50.412@2021-03-10",
                "sct:69031006@2020-02-01{res=Procedure}",
                "icd:Z40.01@2020-02-01{ver=refuted}",
            ),
            date(2020, 2, 1),
        ),
        (("icd:Z85.3@2021-03-10",), None),
        (("icd:Z85.3@2021-03-10{onset=2015}",), date(2015, 1, 1)),
        (("icd:Z86.000@2021-03-10",), None),
        (("icd:C50.412@2026-06-01{st=remission}",), None),
        (("icd:C50.412@2026-06-01{st=remission;onset=2015-01-01}",), date(2015, 1, 1)),
        (("icd:C50.412@2026-06-01", "icd:Z92.21@2026-06-01"), None),
        (("icd:C50.412@2026-06-01",), date(2026, 6, 1)),
        (("icd:C50.412@2021-03-10", "icd:C50.911@2027-01-01"), date(2021, 3, 10)),
        (("icd:C50.412",), None),
        (("icd:C50.412@2021-03-10{onset=2027-01-01}",), date(2021, 3, 10)),
        (("icd:C50.412@2021-03-10", "sct:69031006@2021-02-01{onset=2019-05-01}"), date(2019, 5, 1)),
        (("icd:C50.412@2021-03-10{res=Observation;val=true}",), None),
    ],
)
def test_the_index_date_is_the_first_possible_day_of_the_cancer(tokens: tuple[str, ...], index: date | None) -> None:
    """Never the day on which an old cancer was typed into a new chart."""
    history = case_of(*tokens, as_of=DAY, history=False).history

    assert history.records
    assert history.index_date == index


def test_the_first_operation_is_of_the_breast_and_the_last_of_breast_or_axilla() -> None:
    """A prophylactic one is no cancer surgery; one of the future has not happened."""
    case = case_of(
        "icd:C50.412@2019-01-10",
        "sct:396487001@2019-01-20{res=Procedure}",
        LUMPECTOMY % "2019-02-01",
        "sct:396487001@2019-03-01{res=Procedure}",
        LUMPECTOMY % "2027-02-01",
        as_of=DAY,
        history=False,
    )

    assert case.history.first_surgery == date(2019, 2, 1)
    assert case.history.last_surgery == date(2019, 3, 1)


@pytest.mark.parametrize(
    "tokens, in_situ",
    [
        (("icd:D05.11@2021-03-10",), True),
        (("icd:D05.11@2021-03-10", "icd:C50.412@2021-03-10"), False),
        (("icd:D05.11@2021-03-10", "rx:56946@2021-04-01{st=completed}"), False),
        (("icd:D05.11@2021-03-10", "rx:56946@2021-04-01{st=cancelled}"), True),
        (("icd:D05.11@2021-03-10", "rx:6851@2021-04-01{st=completed}"), True),
        (("icd:D05.11@2021-03-10", "rx:6851@2021-04-01{st=completed}", "icd:Z51.11@2021-04-01"), False),
        (("icd:D05.11@2021-03-10", "sct:367336001@2021-04-01{res=Procedure}"), False),
        (("icd:D05.11@2021-03-10", "sct:367336001@2021-04-01{res=Procedure;st=not-done}"), True),
    ],
)
def test_in_situ_disease_is_alone_without_invasive_cancer_and_without_its_drugs(
    tokens: tuple[str, ...],
    in_situ: bool,  # noqa: FBT001
) -> None:
    """Methotrexate is a drug against cancer only beside a chemotherapy visit."""
    assert case_of(*tokens, as_of=DAY, history=False).history.in_situ_only is in_situ


def test_one_record_of_both_in_situ_and_invasive_cancer_is_invasive() -> None:
    """The more serious of two codes counts."""
    chart = resources(made("icd:D05.11@2021-03-10", as_of=DAY, history=False))
    chart[-1]["code"]["coding"].append({"system": System.ICD10CM.value, "code": "C50.412"})

    assert not Case(facts_of(chart, DAY), DAY).history.in_situ_only


@pytest.mark.parametrize(
    "denied, conflicting",
    [("2020-01-01", False), ("2021-03-10", False), ("2022-01-01", True)],
)
def test_a_later_denial_of_the_history_is_a_conflict(denied: str, conflicting: bool) -> None:  # noqa: FBT001
    """The history stands, and the card says that the records conflict."""
    history = case_of("icd:C50.412@2021-03-10", f"sct:700146008@{denied}", as_of=DAY, history=False).history

    assert (history.conflicting is not None) is conflicting
    assert history.records


def test_a_suspected_metastasis_is_no_state_but_is_kept() -> None:
    """The card says that it is already under investigation."""
    found = assessed(made("icd:C79.51@2026-05-01{ver=provisional}", as_of=DAY))

    assert found.state is State.TREATED
    assert [record.codes[0].value for record in found.history.suspected_metastasis] == ["C79.51"]


@pytest.mark.parametrize(
    "token, state, palliative",
    [
        ("sct:103735009@2025-06-15{res=Encounter}", State.TREATED, True),
        ("sct:103735009@2023-06-14{res=Encounter}", State.TREATED, True),
        ("sct:103735009@2026-06-01{res=Procedure;st=not-done}", State.TREATED, False),
        ("sct:103735009@2026-06-01{ver=refuted}", State.TREATED, False),
        ("sct:103735009", State.TREATED, True),
        ("sct:103735009@2025-06-14{st=resolved}", State.TREATED, False),
        ("sct:103735009@2026-06-20", State.TREATED, False),
        ("sct:306205009@2026-06-01{res=Procedure}", State.TREATED, True),
        ("sct:306205009@2026-06-01{res=Encounter}", State.TREATED, True),
        ("sct:385763009@2026-06-01{res=CarePlan}", State.SUPPRESSED, False),
        ("sct:385763009@2026-06-01{res=CarePlan;st=revoked}", State.TREATED, False),
        ("sct:385763009@2026-06-01{res=Procedure}", State.SUPPRESSED, False),
        ("sct:385763009@2026-06-01{res=ServiceRequest}", State.TREATED, False),
        ("sct:385763009@2026-06-01{st=resolved}", State.TREATED, False),
        ("sct:385763009@2026-06-01", State.SUPPRESSED, False),
        ("sct:385763009", State.TREATED, False),
    ],
)
def test_hospice_silences_and_palliative_care_asks(token: str, state: State, palliative: bool) -> None:  # noqa: FBT001
    """A referral to hospice, or hospice of which nobody knows when, silences nothing; palliative care asks."""
    standing = case_of(token, as_of=DAY).disease_state

    assert (standing.state, standing.palliative) == (state, palliative)


@pytest.mark.parametrize(
    "standing, lowered",
    [
        (DiseaseState(State.KNOWN_METASTATIC, frozenset({Site.BONE})), {Site.BONE}),
        (DiseaseState(State.KNOWN_METASTATIC), set()),
        (DiseaseState(State.KNOWN_RECURRENT_LOCAL), set(LOCOREGIONAL)),
        (DiseaseState(State.ACTIVE_PRIMARY_TREATMENT), set(Site)),
        (DiseaseState(State.NEWLY_DIAGNOSED), set()),
        (DiseaseState(State.IN_SITU_ONLY), set()),
        (DiseaseState(State.TREATED), set()),
    ],
)
def test_a_state_lowers_the_sites_that_it_explains(standing: DiseaseState, lowered: set[Site]) -> None:
    """Known metastatic sites, the breast after its recurrence, everything under treatment."""
    assert {site for site in Site if standing.lowers(site)} == lowered


@pytest.mark.parametrize(
    "token, gone",
    [
        ("sct:406505007@2019-05-01{res=Procedure;body=left breast}", {"left"}),
        ("sct:406505007@2019-05-01{res=Procedure;body=left and right breast}", {"left", "right"}),
        ("sct:27865001@2019-05-01{res=Procedure}", {"left", "right"}),
        ("sct:27865001@2027-05-01{res=Procedure}", set()),
        ("sct:429400009@2019-05-01{res=Procedure;st=not-done}", set()),
        ("icd:Z90.13@2019-05-01", {"left", "right"}),
        ("icd:Z90.11@2019-05-01", {"right"}),
        ("icd:Z90.12@2019-05-01{ver=refuted}", set()),
        ("sct:392021009@2019-05-01{res=Procedure;body=left breast}", set()),
    ],
)
def test_a_breast_is_gone_by_the_code_or_the_side_of_its_operation(token: str, gone: set[str]) -> None:
    """An operation that was not done, or not yet, takes none."""
    facts = facts_of_case(made(token, as_of=DAY))

    assert absent_breasts(facts, DAY) == gone


def test_treatment_without_a_date_is_not_active() -> None:
    """Nobody knows that it is recent."""
    assert assessed(made("sct:367336001{res=Procedure}", as_of=DAY)).state is State.TREATED


def test_a_cancer_that_is_only_suspected_is_no_history() -> None:
    """Its work-up is under way already."""
    found = assessed(made("icd:C50.412@2026-06-01{ver=provisional}", "icd:R51.9@2026-06-10", as_of=DAY, history=False))

    assert found.state is State.NONE
    assert levels(found) == {}
