"""German cards: as reviewed, over every case as complete as the English ones, and with no English left in them."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from cards.context import Seen
from cards.incomplete import unknown_chart_card
from cards.model import DETAIL_LENGTH, SHORTEST_DETAIL, SUMMARY_LENGTH, Card, Form, Order
from cards.recurrence import cards
from cards.words import Language, words_in
from rules.facts import Gap
from rules.outcome import Missing
from tests.evaluating import CASES, FOLDERS, assessed, cards_of, made, of_folder
from tests.texts import as_text

SNAPSHOTS = Path(__file__).parent / "snapshots" / "de"
TELLING = (
    *("V001", "V017", "V021", "V030", "V033", "V041", "V046", "V048", "V050", "V051", "V053", "V070", "V072", "V078"),
    *("V086", "V105", "V106", "B167", "W140"),
)
ENGLISH_WORDS = re.compile(
    r"\b(the|of|with|and|or|is|are|was|not|no|to|by|for|from|after|before|consider|new|severe|breast|cancer|brain|bone"
    r"|liver|lung|pain|unspecified|other|left|right|more|none|today|referral|first)\b",
    re.IGNORECASE,
)
DIAGNOSIS = re.compile(
    r"\b(hat|haben|ist|sind|bestätigt|beweist|liegt|liegen)\b[^.:;]{0,20}\b(metasta\w+|rezidiv\w*)", re.IGNORECASE
)
PROBABILITY = re.compile(r"wahrscheinlich|risiko|chance|\d ?% (der|Risiko)|prozent", re.IGNORECASE)
NOT_ALL = Seen(gaps=(Gap("Procedure", "late"), Gap("Encounter", "unauthorized")), partial=(Gap("Observation", "busy"),))


@cache
def shown(case: str, language: Language) -> tuple[Card, ...]:
    """The cards of a case in a language, made once for all tests."""
    return cards(assessed(case), Seen(), Form(language=language))


@pytest.mark.parametrize("case", TELLING)
def test_a_german_card_reads_as_it_was_reviewed(case: str, pytestconfig: pytest.Config) -> None:
    """A changed word is a decision: write the snapshots anew with --write-snapshots and read the difference."""
    path = SNAPSHOTS / f"{case}.md"
    text = f"# {case}: {CASES[case].title}\n\n{as_text(shown(case, Language.GERMAN))}"
    if pytestconfig.getoption("--write-snapshots"):
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text


def test_every_german_snapshot_is_of_a_telling_case() -> None:
    """None is left over."""
    assert {path.stem for path in SNAPSHOTS.glob("*.md")} == set(TELLING)


@pytest.mark.sweep
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_german_card_keeps_to_the_form_and_holds_no_english(folder: str) -> None:
    """No diagnosis, no probability, limits kept; a decimal comma in a number."""
    for card in (card for case in of_folder(folder) for card in shown(case, Language.GERMAN)):
        text = "\n".join((card.summary, card.detail, *(order.text for order in card.orders)))
        assert not ENGLISH_WORDS.findall(text), text
        assert not DIAGNOSIS.search(re.sub(r"Ein Rezidiv nach|Metastasierung nach", "", text)), text
        assert not PROBABILITY.search(text), text
        assert not re.search(r"\d\.\d", text), text
        assert "Ersetzt nicht die ärztliche Beurteilung." in card.detail
        assert card.summary[0].isupper()
        assert len(card.summary) <= SUMMARY_LENGTH
        assert len(card.detail) <= DETAIL_LENGTH


def lines_of(card: Card, language: Language) -> tuple[list[str], int]:
    """Which lines a card has, by what they begin with, and how many pieces of evidence."""
    labels = words_in(language).tables["label"]
    starts = [name for name, label in labels.items() if name != "also" and f"**{label}:**" in card.detail]
    return starts, sum(line.startswith("- ") for line in card.detail.splitlines())


def _without_words(order: Order) -> Order:
    return replace(order, text="", reasons=tuple(replace(reason, text="") for reason in order.reasons))


@pytest.mark.sweep
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_german_card_says_as_much_as_the_english_one(folder: str) -> None:
    """Longer words cost no line but "if needed", and no piece of evidence; all else of the card is equal."""
    for case in of_folder(folder):
        for card, german in zip(shown(case, Language.ENGLISH), shown(case, Language.GERMAN), strict=True):
            assert lines_of(german, Language.GERMAN) == lines_of(card, Language.ENGLISH), german.detail
            assert replace(german, summary="-", detail="", orders=()) == replace(
                card, summary="-", detail="", orders=()
            )
            orders = [tuple(map(_without_words, each.orders)) for each in (card, german)]
            assert orders[0] == orders[1]


@pytest.mark.parametrize("length", [SHORTEST_DETAIL, DETAIL_LENGTH])
@pytest.mark.parametrize("language", Language)
def test_one_card_for_all_sites_fits_in_both_languages(language: Language, length: int) -> None:
    """With sources that were not seen, which are said in every case."""
    for case in [case for case in CASES if len(shown(case, language)) > 1]:
        (card,) = cards(assessed(case), NOT_ALL, Form(merged=True, detail_length=length, language=language))
        assert len(card.detail) <= length
        assert words_in(language).tables["sentence"]["closing"].partition(".")[0] in card.detail


def test_what_could_not_be_checked_is_said_in_german() -> None:
    """On a card of a finding, and on the card that says nothing else."""
    german = Form(language=Language.GERMAN)
    (lump,) = cards(assessed("V001"), NOT_ALL, german)
    chart = unknown_chart_card((Missing("Condition", "late"), Missing("Patient", "status-418")), german)

    assert (
        "**Nicht geprüft:** Eingriffe (nicht rechtzeitig eingetroffen); Besuche (Zugriff verweigert); " in lump.detail
    )
    assert "frühere Symptome, Gewichte und Laborwerte nicht gelesen." in lump.detail
    assert "**Andere Erklärung:** keine in dem, was gelesen wurde." in lump.detail
    assert chart.summary.startswith("Prüfung auf Brustkrebsrezidiv war nicht möglich")
    assert "- Diagnosen: nicht rechtzeitig eingetroffen\n- Personendaten: nicht verfügbar" in chart.detail


def test_the_same_case_gives_other_text_in_the_other_language_and_english_by_default() -> None:
    """Nothing is kept from one card to the next."""
    case = made("lnc:17861-6@2026-06-10{val=11.6;unit=mg/dL;high=10.2}", as_of=CASES["V001"].as_of)
    (german,) = cards(assessed(case), Seen(), Form(language=Language.GERMAN))
    (card,) = cards_of(case)

    assert "- Kalzium 11,6 mg/dl" in german.detail
    assert "- Calcium 11.6 mg/dL" in card.detail
