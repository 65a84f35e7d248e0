"""Purpose: docs/cards.md, the cards of every shared case side by side in each language; `make cards` writes it.

It must not choose what a card says: it is made of the cards as clients get them.
Its test is tests/docs/test_card_document.py.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cards.context import Seen
from cards.model import Form
from cards.recurrence import cards
from cards.words import Language
from tests.evaluating import CASES, assessed
from tests.texts import as_text

if TYPE_CHECKING:
    from rules.assess import Assessment
    from tests.vignettes import Vignette

DOCUMENT = Path(__file__).parents[2] / "docs" / "cards.md"
SHARED = "V"
"""How the ids of the cases begin that are read as cards; all others are about one point of one rule."""
INTRODUCTION = """\
# The cards, as a clinician reads them

Made by `make cards` from the cases of `rules/*/cases.yaml` whose ids begin with V; change the words in
`cards/words/*.toml` and the displays in `cards/displays/*.csv`, never this page. Each case has its cards in English,
then in German. No practising clinician has signed them off.
"""


def document() -> str:
    """The whole document: cases in the order of their ids."""
    shared = sorted((case for case in CASES.values() if case.id.startswith(SHARED)), key=lambda case: case.id)
    return "\n".join((INTRODUCTION, *map(_section, shared)))


def _section(case: Vignette) -> str:
    found = assessed(case.id)
    parts = [f"## {case.id}\n\n{case.title}\n"]
    for language in Language:
        text = as_text(cards(found, Seen(), Form(language=language)), heading="####")
        parts.append(f"### {case.id} {language.value}\n\n{text}")
    return "\n".join(parts if text else (parts[0], f"No card: {_outcome(found)}.\n"))


def _outcome(found: Assessment) -> str:
    """Why there is none: what came out at which sites, and the state of the disease."""
    sites: dict[str, list[str]] = {}
    for site in found.sites:
        sites.setdefault(site.outcome.value, []).append(site.site.value)
    told = [f"{outcome} ({', '.join(names)})" for outcome, names in sites.items()] if len(sites) > 1 else list(sites)
    return f"{', '.join(told)}; state {found.state.value}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.name} written.\n")
