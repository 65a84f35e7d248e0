"""Cards as a clinician reads them: snapshots of telling cases, and a linter over every case."""

import re
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from cards.model import DETAIL_LENGTH, SUMMARY_LENGTH
from cards.recurrence import topic
from tests.evaluating import CASES, FOLDERS, assessed, cards_of, made, of_folder
from tests.texts import as_text

SNAPSHOTS = Path(__file__).parent / "snapshots"
TELLING = (
    *("V001", "V003", "V010", "V012", "V014", "V017", "V019", "V021", "V028", "V030", "V033", "V034", "V039", "V041"),
    *("V043", "V044", "V046", "V047", "V048", "V050", "V051", "V053", "V054", "V070", "V072", "V078", "V086", "V105"),
    *("V106", "B167", "S140", "R107", "W140"),
)
DIAGNOSIS = re.compile(
    r"\b(has|have|is|are|confirms?|diagnos\w+|proves?)\b[^.:]{0,20}\b(metasta\w+|recurren\w+)", re.IGNORECASE
)
UNDER_INVESTIGATION = "Metastasis is already under investigation."
PROBABILITY = re.compile(r"probab|likelihood|risk of|chance|odds|\d ?% (of|risk|chance)|\bper ?cent\b", re.IGNORECASE)
MARKER = re.compile(r"tumou?r marker|CA ?15|CA ?27|\bCEA\b", re.IGNORECASE)
MARKER_AS_CONTEXT = re.compile(
    r"A tumour marker was raised on [0-9-]{10}: context only, markers are not recommended for finding a recurrence\."
)
MARKUP = re.compile(r"[<|`]|https?:|www\.|!\[|\]\(|^#|^\d+\. ", re.MULTILINE)


@pytest.mark.parametrize("case", TELLING)
def test_a_card_reads_as_it_was_reviewed(case: str, pytestconfig: pytest.Config) -> None:
    """A changed word is a decision: write the snapshots anew with --write-snapshots and read the difference."""
    path = SNAPSHOTS / f"{case}.md"
    text = f"# {case}: {CASES[case].title}\n\n{as_text(cards_of(case))}"
    if pytestconfig.getoption("--write-snapshots"):
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text


def test_every_snapshot_is_of_a_telling_case() -> None:
    """None is left over."""
    assert {path.stem for path in SNAPSHOTS.glob("*.md")} == set(TELLING)


shown = cache(cards_of)
"""The cards of a case, made once for all tests."""


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_card_keeps_to_the_form(folder: str) -> None:
    """No diagnosis, no probability, no marker, no HTML, no table, no address; a closing line; limits kept."""
    for card in (card for case in of_folder(folder) for card in shown(case)):
        text = f"{card.summary}\n{card.detail}"
        ours = text.replace(UNDER_INVESTIGATION, "")
        assert not DIAGNOSIS.search(ours.replace("A first recurrence is to be biopsied", "")), text
        for forbidden in (PROBABILITY, MARKUP):
            assert not forbidden.search(text), text
        assert not MARKER.search(MARKER_AS_CONTEXT.sub("", text)), text
        for line in card.detail.splitlines():
            assert "%" not in line or line.startswith(("- Weight ", "- Oxygen saturation ")), line
        assert "Does not replace clinical judgement." in card.detail
        assert (card.level.indicator == "critical") == card.summary.startswith("Same-day assessment: ")
        assert card.summary[0].isupper()
        assert "  " not in text
        assert len(card.summary) <= SUMMARY_LENGTH
        assert len(card.detail) <= DETAIL_LENGTH


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_card_of_a_finding_says_what_why_against_and_by_which_guideline(folder: str) -> None:
    """And what to consider, or what is done or must wait already."""
    for card in (card for case in of_folder(folder) for card in shown(case)):
        if card.topic == "incomplete":
            continue
        for part in ("**Found:**\n\n- ", "**Why:** ", "**Guideline:** "):
            assert part in card.detail
        assert "**Other explanation:**" in card.detail
        assert any(part in card.detail for part in ("**Consider:**", "**Already ordered or done:**", "Pregnant: "))
        assert bool(card.orders) == ("**Consider:**" in card.detail)
        assert card.rules
        assert card.evidence


@pytest.mark.parametrize("case", TELLING)
def test_a_renderer_finds_paragraphs_and_one_list(case: str) -> None:
    """Nothing that an EHR's panel could not show."""
    for card in shown(case):
        html = MarkdownIt("commonmark").render(card.detail)
        assert set(re.findall(r"<(\w+)", html)) <= {"p", "strong", "ul", "li"}
        assert html.count("<ul>") == 1


def test_the_topic_of_a_site_has_letters_only() -> None:
    """One EHR remembers overrides by it and takes nothing else."""
    assert {topic(site) for site in assessed("V001").sites} == {
        *("local", "regionalnode", "brain", "bone", "liver", "lung"),
    }


def test_cards_come_most_urgent_first() -> None:
    """What can't wait is read first."""
    case = made("icd:N63.21@2026-06-02", "icd:R56.9@2026-06-14", "icd:R53.1@2026-06-02", as_of=CASES["V001"].as_of)

    assert [card.level.indicator for card in cards_of(case)] == ["critical", "warning"]


def test_an_order_carries_the_evidence_that_it_answers() -> None:
    """Codes and references of findings, not of the whole history."""
    (card,) = cards_of("V001")
    order = card.orders[0]

    assert order.evidence == ("Condition/v001-3",)
    assert [reason.code.value for reason in order.reasons] == ["N63.21"]
    assert order.reasons[0].display == "Unspecified lump in the left breast, upper outer quadrant"
    assert order.place is not None
    assert (order.place.code.value, order.place.display) == ("80248007", "Left breast structure")
    assert order.codings
    assert [fired.id for fired in card.rules] == ["LOC-1"]


def test_an_order_names_five_reasons_and_references_at_most() -> None:
    """The rest stands in the evidence of the card."""
    days = "/".join(f"2026-06-{day:02d}" for day in range(1, 9))
    (card,) = cards_of(made(f"sct:25064002@{days}", as_of=CASES["V001"].as_of))

    assert len(card.evidence) == 8
    assert len(card.orders[0].evidence) == 5
