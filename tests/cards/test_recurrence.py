"""Cards as a clinician reads them: snapshots of telling cases, and a linter over every case."""

import re
from pathlib import Path

import pytest

from cards.detail import Seen
from cards.model import Card
from rules.facts import Gap
from tests.evaluating import CASES, cards_of

SNAPSHOTS = Path(__file__).parent / "snapshots"
TELLING = (
    *("V001", "V010", "V012", "V014", "V017", "V019", "V021", "V028", "V030", "V033", "V034", "V039", "V041", "V044"),
    *("V046", "V047", "V050", "V051", "V053", "V054", "V070", "V072", "V078", "V086", "V105", "S140", "R107"),
)
DIAGNOSIS = re.compile(r"\b(has|is|confirms?|diagnos\w+)\b[^.]{0,20}\bmetasta\w+", re.IGNORECASE)
PROBABILITY = re.compile(r"(probab|likelihood|risk of|chance)|\d+ ?% (risk|chance)", re.IGNORECASE)


def as_text(cards: tuple[Card, ...]) -> str:
    """Return cards as the snapshots hold them."""
    parts = []
    for card in cards:
        orders = "\n".join(f"* {order.text} ({order.priority})" for order in card.orders) or "* none"
        parts.append(f"## {card.level.indicator}: {card.summary}\n\n{card.detail}\n\nOrders:\n\n{orders}\n")
    return "\n".join(parts)


@pytest.mark.parametrize("case", TELLING)
def test_a_card_reads_as_it_was_reviewed(case: str, pytestconfig: pytest.Config) -> None:
    """A changed word is a decision: write the snapshots anew with --write-snapshots and read the difference."""
    path = SNAPSHOTS / f"{case}.md"
    text = f"# {case}: {CASES[case].title}\n\n{as_text(cards_of(case))}"
    if pytestconfig.getoption("--write-snapshots"):
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("case", CASES)
def test_every_card_keeps_to_the_form(case: str) -> None:
    """No diagnosis, no probability, no HTML, no table, no address; a closing line; limits kept."""
    for card in cards_of(case):
        text = f"{card.summary}\n{card.detail}"
        assert not DIAGNOSIS.search(card.summary), text
        assert not PROBABILITY.search(text), text
        assert not re.search(r"[<|]|https?:|!\[", text), text
        assert "Does not replace clinical judgement." in card.detail
        assert (card.level.indicator == "critical") == card.summary.startswith("Same-day assessment: ")
        assert card.summary[0].isupper()
        assert "  " not in text


def test_five_pieces_of_evidence_are_shown_and_the_rest_is_counted() -> None:
    """The newest first."""
    from cards.recurrence import cards  # noqa: PLC0415
    from tests.evaluating import assessed, made  # noqa: PLC0415

    days = "/".join(f"2026-06-{day:02d}" for day in range(1, 9))
    case = made(f"icd:R51.9@{days}", as_of=CASES["V001"].as_of)
    (card,) = cards(assessed(case), Seen())

    lines = [line for line in card.detail.splitlines() if line.startswith("- ")]
    assert lines[0].startswith("- 2026-06-08: ")
    assert lines[5] == "- + 3 more"


def test_what_was_not_seen_is_said_on_the_card() -> None:
    """Sources of context in one line; earlier observations when only a first page was read."""
    seen = Seen(gaps=(Gap("Procedure", "late"), Gap("Observation", "late")), partial=(Gap("Observation", "next-page"),))

    (card,) = cards_of("V001", seen)

    assert "**Not checked:** procedures (it came too late); earlier observations were not read." in card.detail


def test_an_order_carries_the_evidence_that_it_answers() -> None:
    """Codes and references of findings, not of the whole history."""
    (card,) = cards_of("V001")
    order = card.orders[0]

    assert order.evidence == ("Condition/v001-3",)
    assert [reason.code.value for reason in order.reasons] == ["N63.21"]
    assert order.reasons[0].display == "Unspecified lump in breast"
