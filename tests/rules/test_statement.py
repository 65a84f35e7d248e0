"""What the sheets say beside their rules."""

from rules.explain.sources import source, without_symptoms
from rules.gate.state import State
from rules.sheet import sheet
from rules.sites import FOLDERS
from rules.statement import Statement, read_statements


def test_a_statement_is_read_without_the_line_breaks_around_it() -> None:
    """The sheets write long texts between lines of three quotes."""
    found = read_statements([{"id": "X-1", "title": "Title", "text": "\nText.\n", "citations": ["S1"]}])

    assert found == (Statement("X-1", "Title", "Text.", ("S1",)),)


def test_ids_of_statements_and_rules_are_used_once() -> None:
    """Somebody quotes them."""
    ids = [s.id for folder in FOLDERS for s in sheet(folder).statements]
    ids += [s.id for s in without_symptoms().statements]
    ids += [name for folder in FOLDERS for name in sheet(folder).versions]

    assert sorted(ids) == sorted(set(ids))


def test_every_state_of_the_disease_is_described() -> None:
    """In the order in which they are tried, so that a reader can find the state of a patient."""
    told = [s.title for s in sheet("gate").statements if s.id.startswith("STATE-")]

    assert told == [state.value for state in State]


def test_every_part_of_the_evidence_is_described() -> None:
    """EV-1 to EV-10, to which rules, numbers and cases refer."""
    assert [s.id for s in sheet("evidence").statements] == [f"EV-{number}" for number in range(1, 11)]


def test_every_source_of_a_statement_is_listed() -> None:
    """A reader must be able to look it up."""
    for folder in FOLDERS:
        for statement in sheet(folder).statements:
            assert all(source(folder, name) for name in statement.citations)
