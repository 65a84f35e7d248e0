"""The rules of the sites: what their cases.yaml leave to say."""

from datetime import date

import pytest

from rules.outcome import Level
from tests.evaluating import assessed, levels, made

DAY = date(2026, 6, 15)
CALCIUM = "lnc:17861-6@2026-06-10{val=11;unit=mg/dL}"
ALT = "lnc:1742-6@2026-06-10{val=130;unit=U/L}"


def _cards(*tokens: str) -> str:
    return " ".join(f"{site}:{level}" for site, level in levels(assessed(made(*tokens, as_of=DAY))).items())


@pytest.mark.parametrize(
    "tokens, expected",
    [
        (("icd:M54.50@2026-05-20", "icd:S39.012A@2026-05-20"), ""),
        (("icd:M54.50@2026-05-20", "icd:S39.012A@2026-05-21"), "bone:info"),
        (("icd:M54.50", "icd:S39.012A@2026-06-10"), ""),
        (("icd:M54.50",), "bone:info"),
        ((CALCIUM,), "bone:info"),
        ((CALCIUM, "icd:M25.551@2026-06-10"), "bone:info"),
        ((CALCIUM, "icd:M25.551@2026-06-10{sev=severe}"), "bone:warning"),
        ((CALCIUM, "icd:M54.50@2026-06-10{sev=mild}"), "bone:info"),
        ((CALCIUM, "icd:M54.50@2026-06-10"), "bone:warning"),
        (("icd:R33.9", "icd:M54.50@2026-06-10"), "bone:info"),
        (("icd:R33.9@2026-06-10", "icd:M54.50@2026-06-10"), "bone:critical"),
    ],
)
def test_only_what_the_bone_rules_count_changes_their_levels(tokens: tuple[str, ...], expected: str) -> None:
    """A strain explains a pain that came with it or after it; only what BONE-1 to 3 count makes a calcium worse."""
    assert _cards(*tokens) == expected


@pytest.mark.parametrize(
    "tokens, expected",
    [
        (("icd:R51.9@2026-06-10", "icd:G43.109@2004-01-01"), ""),
        (("icd:R51.9@2026-06-10", "icd:G43.109@2004-01-01{st=resolved}"), "brain:info"),
        (("icd:R51.9@2026-06-10", "icd:G43.109{st=active}"), "brain:info"),
        (("icd:R51.9@2026-06-10", "icd:G43.109@2026-05-01{onset=2004-01-01}"), ""),
        (("icd:R51.9@2026-06-10", "icd:G43.109@2004-01-01/2026-05-01"), ""),
        (("icd:R51.9@2026-06-10", "icd:G43.109@2026-05-01"), "brain:info"),
        (("icd:G81.90@2026-06-10", "sct:230690007@2015-01-01", "icd:G81.90{st=active}"), "brain:critical"),
    ],
)
def test_only_an_old_migraine_that_stands_explains_a_headache(tokens: tuple[str, ...], expected: str) -> None:
    """Only a migraine that still stands and is known to be old explains a headache; an undated deficit is not old."""
    assert _cards(*tokens) == expected


@pytest.mark.parametrize(
    "tokens, expected",
    [
        ((ALT,), "liver:info"),
        ((ALT, "icd:R63.0@2026-06-10"), "liver:warning"),
        ((ALT, "icd:R63.0@2026-06-10", "rx:1991302@2026-01-01"), "liver:info"),
        ((ALT, "icd:R63.0@2026-06-10{sev=mild}"), "liver:info"),
        ((ALT, "icd:R53.83@2026-06-10"), "liver:info"),
        ((ALT, "icd:R53.83@2026-05-01/2026-06-10"), "liver:warning"),
    ],
)
def test_an_explained_loss_of_appetite_adds_nothing_to_a_test(tokens: tuple[str, ...], expected: str) -> None:
    """A loss of appetite that a drug explains, or a mild one, is no symptom beside a raised test."""
    assert _cards(*tokens) == expected


@pytest.mark.parametrize(
    "tokens, expected",
    [
        (("sct:127189005@2026-06-01", "txt:influenza immunization@2026-05-20"), "regional-node:info"),
        (("sct:127189005@2026-06-01", "txt:influenza immunization@2026-06-01"), "regional-node:info"),
        (("sct:127189005@2026-06-01", "txt:influenza immunization@2026-06-02"), "regional-node:warning"),
    ],
)
def test_a_vaccination_explains_the_node_that_came_after_it(tokens: tuple[str, ...], expected: str) -> None:
    """A vaccination explains a node that came after it."""
    assert _cards(*tokens) == expected


def test_a_retraction_counts_when_nobody_knows_when_the_cancer_began() -> None:
    """A retraction that may have come after it is taken to have."""
    found = assessed(made("icd:Z85.3@2026-01-10", "icd:N64.53@2026-06-01", as_of=DAY, history=False))

    assert found.history.index_date is None
    assert levels(found) == {"local": "warning"}


@pytest.mark.parametrize(
    "tokens, expected",
    [
        (("sct:129797000@2026-06-10",), "local:info"),
        (("sct:129797000@2026-06-10", "sct:87386002@2026-06-10"), "local:warning"),
    ],
)
def test_radiotherapy_explains_a_thick_skin_only(tokens: tuple[str, ...], expected: str) -> None:
    """An orange-peel skin beside it is not explained."""
    assert _cards("sct:1287742003@2026-04-01{res=Procedure}", *tokens) == expected


@pytest.mark.parametrize("code, level", [("H47.10", Level.CRITICAL), ("G93.6", Level.WARNING)])
def test_sight_is_critical_by_itself_with_swollen_discs_only(code: str, level: Level) -> None:
    """Other signs of raised pressure are critical on their own account."""
    brain = assessed(made("icd:H53.8@2026-06-10", f"icd:{code}@2026-06-10", as_of=DAY)).cards[0]

    assert brain.level is Level.CRITICAL
    assert {judged.level for judged in brain.judged if judged.trigger.rule == "BRAIN-2"} == {level}


@pytest.mark.parametrize("first, expected", [("2026-03-09", {}), ("2026-03-10", {"local": "warning"})])
def test_a_nipple_drawn_in_before_the_cancer_is_no_new_one(first: str, expected: dict[str, str]) -> None:
    """LOC-3 looks at the whole episode: here the cancer was found on 10 March and operated in April."""
    history = "icd:C50.412@2026-03-10", "sct:392021009@2026-04-08{res=Procedure}"
    chart = made(*history, f"icd:N64.53@{first}/2026-05-30", as_of=DAY, history=False)

    assert levels(assessed(chart)) == expected


DENIED = "@2026-02-01{res=Observation;val=false}"


@pytest.mark.parametrize(
    "tokens, expected",
    [
        (("sct:267064002@2026-06-10", "icd:M54.50@2026-06-10", f"sct:267064002{DENIED}"), {"bone": "critical"}),
        (("sct:267064002@2026-06-10", "icd:M54.50@2026-06-10", "sct:267064002@2026-02-01"), {"bone": "info"}),
        (
            ("icd:R29.810@2026-06-10", "icd:I63.9@2018-01-01{st=active}", f"sct:20022000{DENIED}"),
            {"brain": "critical"},
        ),
        (("icd:I97.2@2026-06-10", f"sct:234097001{DENIED}"), {"regional-node": "info"}),
        (("icd:I97.2@2026-06-10", "icd:I97.2@2026-02-01"), {}),
        (
            ("icd:R51.9@2026-06-10", "icd:G43.109@2026-06-01", "sct:37796009@2020-01-01{res=Observation;val=false}"),
            {"brain": "info"},
        ),
    ],
)
def test_an_earlier_denial_is_no_earlier_record(tokens: tuple[str, ...], expected: dict[str, str]) -> None:
    """Who was asked in February and said no has something new in June."""
    assert levels(assessed(made(*tokens, as_of=DAY))) == expected
