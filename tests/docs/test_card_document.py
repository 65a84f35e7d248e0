"""docs/cards.md is what the words make of the shared cases."""

from cards.words import Language
from tests.docs.card_document import DOCUMENT, SHARED, document
from tests.evaluating import CASES

MAX_BYTES = 1_000_000


def test_the_committed_cards_are_what_the_words_make() -> None:
    """Whoever changes a word reads all cards that it is on."""
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "say `make cards`, and read the difference"


def test_every_shared_case_is_there_in_each_language_or_silent() -> None:
    """And the page can still be opened in a browser."""
    text = DOCUMENT.read_text(encoding="utf-8")

    for case in (case for case in CASES if case.startswith(SHARED)):
        section = text.partition(f"\n## {case}\n")[2].partition("\n## ")[0]
        assert "No card: " in section or all(f"### {case} {language.value}\n" in section for language in Language)
    assert len(text.encode()) < MAX_BYTES
