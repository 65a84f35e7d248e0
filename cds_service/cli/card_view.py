"""A card as a clinician would read it, in a terminal.

Must not leave anything of a card out that a clinician would be shown, nor read markup out of record text.
Tests: tests/demo/test_demo_command.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

COLOURS = {"critical": "red", "warning": "yellow", "info": "blue"}


def card_view(card: Mapping[str, Any]) -> RenderableType:
    """Return one card of a response for the terminal.

    It shows level, summary, detail, suggestions, reasons and source.
    """
    level = str(card["indicator"])
    colour = COLOURS.get(level, "white")
    return Panel(
        Group(Text(card["summary"], style="bold"), *_parts(card)),
        title=Text(f" {level.upper()} ", style=f"bold {colour}"),
        title_align="left",
        border_style=colour,
        padding=(0, 1),
    )


def _parts(card: Mapping[str, Any]) -> Iterator[RenderableType]:
    if card.get("detail"):
        yield Text()
        yield Markdown(card["detail"], hyperlinks=False)
    yield from _listed("Suggested orders", [_suggestion(each) for each in card.get("suggestions", [])])
    yield from _listed("Reasons to override", [each["display"] for each in card.get("overrideReasons", [])])
    yield Text(f"\nSource: {card['source']['label']}", style="dim")


def _listed(title: str, items: list[str]) -> Iterator[RenderableType]:
    if items:
        yield Text(f"\n{title}", style="bold")
        yield Text("\n".join(f" • {item}" for item in items))


def _suggestion(suggestion: Mapping[str, Any]) -> str:
    recommended = " (recommended)" if suggestion.get("isRecommended") else ""
    return f"{suggestion['label']}{recommended}"
