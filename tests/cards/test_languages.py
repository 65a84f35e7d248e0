"""Every language says all that the others say: the words and displays as data."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files

from cards.concepts import concept_name, own_names
from cards.words import Language, english, words_in
from rules.codes import Row, catalogue
from rules.facts import Code, Side, System
from rules.sheet import sheet

GERMAN = words_in(Language.GERMAN)
FOLDERS = ("local", "regional", "brain", "bone", "liver", "lung")
OWN_TABLES = {"ending", "concept"}
"""What German grammar needs and English has no use for, and what English has in rules/concepts.toml."""
SAME = {
    "PET/CT": "the same abbreviation",
    "Albumin": "the same word",
    "LDH": "the same abbreviation",
    "INR": "the same abbreviation",
    "COPD": "the same abbreviation",
    "COVID-19": "the same name",
    "Cholelithiasis": "the same word",
    "Depressive Episode": "the same words",
    "Depression": "the same word",
    "{what} ({number} \N{MULTIPLICATION SIGN} {limit})": "numbers only",
    "{what}, {limit}": "numbers only",
    "{what} ({side})": "no word of its own",
    "Mastitis": "the same word",
    "Stridor": "the same word",
}
"""The German texts that are equal to the English ones, and why."""


BESIDE = {"history", "treatment", "alternative-explanation", "exclusion", "workup"}
"""The roles of codes that stand beside the findings on the evidence view."""


def _shown(row: Row) -> bool:
    """Whether a code's display can stand on a card or on the evidence view; what says how a finding is never does."""
    if row.role in {"symptom", "finding"}:
        return row.concept in catalogue().findings
    return row.role in BESIDE and row.concept not in catalogue().concepts_in("evidence")


def test_every_language_has_a_file_of_words_and_no_file_is_left_over() -> None:
    """A language is added by files alone, and by its name."""
    names = {each.name for each in (files("cards") / "words").iterdir()}

    assert names == {f"{language}.toml" for language in Language}


def test_every_phrase_stands_in_both_languages() -> None:
    """Table by table; German has the guideline lines of the sheets too."""
    here, there = GERMAN.tables, english().tables

    assert here.keys() - OWN_TABLES == there.keys()
    for table in there.keys() - {"guideline"}:
        assert list(here[table]) == list(there[table]), table
    assert here["guideline"].keys() == {*there["guideline"], *FOLDERS}


def test_every_concept_has_a_german_name() -> None:
    """Those that English names in rules/concepts.toml, in the same order."""
    assert list(GERMAN.tables["concept"]) == list(own_names())
    assert concept_name("bc_metastatic_liver", GERMAN) == "Lebermetastase"
    assert concept_name("headache", GERMAN) == "Kopfschmerzen"


def test_both_languages_fill_the_same_into_a_phrase() -> None:
    """A value that one of them leaves out would be lost."""
    for table, phrases in english().tables.items():
        for name, phrase in phrases.items():
            wanted = set(re.findall(r"\{(\w+)\}", phrase)) if table != "unit" else set()
            found = set(re.findall(r"\{(\w+)\}", GERMAN.tables[table][name])) - {"ending"}
            assert found == wanted, f"{table}.{name}"


def test_every_finding_has_the_ending_of_its_adjective() -> None:
    """Neuer Knoten, neue Rötung, neues Erbrechen."""
    assert list(GERMAN.tables["ending"]) == list(GERMAN.tables["finding"])
    assert set(GERMAN.tables["ending"].values()) == {"er", "e", "es"}
    assert GERMAN.manner("new", "breast_lump") == "neuer Knoten in der Brust"
    assert GERMAN.manner("severe", "headache") == "starke Kopfschmerzen"
    assert GERMAN.manner("persistent", "vomiting") == "anhaltendes Erbrechen"


def test_a_side_is_said_as_each_language_says_it() -> None:
    """With the adjective of the finding; what names no organ of its own has the side alone."""
    assert GERMAN.manner("new", "breast_lump", Side.LEFT) == "neuer Knoten in der linken Brust"
    assert GERMAN.finding("nipple_discharge", Side.BOTH) == "Sekretion aus beiden Mamillen"
    assert GERMAN.finding("limb_girdle_pain", Side.RIGHT) == "Hüft- oder Beckenschmerzen rechts"
    assert english().manner("new", "breast_lump", Side.LEFT) == "new lump in the left breast"
    assert english().finding("arm_swelling", Side.BOTH) == "swelling of both arms"
    assert english().finding("limb_girdle_pain", Side.RIGHT) == "hip or pelvic pain on the right"


def test_a_side_changes_no_noun() -> None:
    """The ending of an adjective is that of the finding without a side."""
    assert GERMAN.tables["sided"].keys() - {"other"} <= GERMAN.tables["ending"].keys()
    assert all(phrase[0].isupper() for name, phrase in GERMAN.tables["sided"].items() if name != "other")


def test_a_german_finding_begins_with_its_noun() -> None:
    """An adjective would need another ending after "mit" or "neu"."""
    assert all(phrase[0].isupper() for phrase in GERMAN.tables["finding"].values())


def test_every_code_that_is_shown_has_a_german_display() -> None:
    """And no other has one; each once."""
    lines = (files("cards") / "displays" / "de.csv").read_text(encoding="utf-8").splitlines()

    assert set(GERMAN.displays) == {row.code for row in catalogue().rows if _shown(row)}
    assert len(lines) == len(GERMAN.displays) + 1
    assert all(display.strip() for display in GERMAN.displays.values())


def test_a_code_that_is_not_listed_itself_is_called_like_the_one_above_it() -> None:
    """As in English; a code that stands under nothing of ours is called like the finding."""
    code, lump = Code(System.ICD10CM, "N63.21"), GERMAN.finding("breast_lump")

    assert GERMAN.display(code, lump) == "Nicht näher bezeichneter Knoten in der Brust"
    assert GERMAN.display(code._replace(value="Z99"), lump) == "Knoten in der Brust"


def _texts() -> Iterator[tuple[str, str, str]]:
    for table in english().tables.keys() - {"unit"}:
        for name, phrase in english().tables[table].items():
            yield f"{table}.{name}", phrase, GERMAN.tables[table][name]
    for concept, phrase in own_names().items():
        yield concept, phrase, GERMAN.tables["concept"][concept]
    for code, display in GERMAN.displays.items():
        if code.system is not System.RXNORM:
            yield code.value, catalogue().display(code), display
    for folder in FOLDERS:
        yield folder, sheet(folder).guideline, GERMAN.guideline(folder, None)


def test_no_german_text_is_its_english_one_but_for_a_few() -> None:
    """A phrase that was copied and never translated; units are symbols, and the names of drugs are international."""
    equal = {german for _, phrase, german in _texts() if german.casefold() == phrase.casefold()}

    assert equal == SAME.keys()


def test_a_guideline_has_the_same_names_and_years_in_both_languages() -> None:
    """A changed year changes both lines."""
    lines = [
        (sheet(folder).guideline, GERMAN.guideline(folder, None)) for folder in ("local", "brain", "bone", "liver")
    ]
    lines += [(sheet(folder).guideline, GERMAN.guideline(folder, None)) for folder in ("regional", "lung")]
    lines += [(english().guideline("bone", plan), GERMAN.guideline("bone", plan)) for plan in ("spine", "cord")]
    named = re.compile(r"\b(?:19|20)\d\d\b|\b[A-Z]{2,}\d*\b")
    both = [(set(named.findall(line)), set(named.findall(german))) for line, german in lines]

    assert all(names - {"MRI", "CT"} == german - {"MRT", "CT"} for names, german in both)


def test_the_words_are_valid_toml_that_names_no_key_twice() -> None:
    """As tomllib reads them."""
    for language in Language:
        text = (files("cards") / "words" / f"{language}.toml").read_text(encoding="utf-8")
        assert tomllib.loads(text) == words_in(language).tables
        assert text.endswith("\n")
