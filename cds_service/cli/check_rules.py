"""recurrence-cds check-rules, every mistake of the knowledge files.

Tests: tests/cli/test_cli_check_rules.py.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cards.check import Mistake

FAILED = 1


def check_rules(
    *,
    record: Annotated[
        bool, typer.Option("--record", help="Record the new versions of changed rules in rules/versions.toml.")
    ] = False,
    same_meaning: Annotated[
        bool,
        typer.Option("--same-meaning", help="With --record: accept changed code without a new version (refactoring)."),
    ] = False,
) -> None:
    """Check rules, codes, words and versions after an edit, and list every mistake with its remedy.

    Exit code 0: no mistake; 1: mistakes, all of them printed. The service checks all but the versions at start.
    """
    from cards.check import check_knowledge

    mistakes = check_knowledge() or _versions(record=record, same_meaning=same_meaning)
    for mistake in mistakes:
        typer.secho(str(mistake), fg="red", err=True)
    if mistakes:
        typer.secho(f"{len(mistakes)} mistake{'' if len(mistakes) == 1 else 's'}.", err=True)
        raise typer.Exit(FAILED)
    typer.echo(f"ok: ruleset {load_ruleset()}")


def _versions(*, record: bool, same_meaning: bool) -> "tuple[Mistake, ...]":
    """Return the mistakes of versions, after recording new ones if wanted."""
    from cards.check import Mistake, check, check_versions
    from cards.check.versions import FILE, UNVERSIONED, recorded_text
    from rules.codes import KnowledgeError

    try:
        ruleset = load_ruleset()
    except KnowledgeError as error:  # Python and sheets disagree
        return (Mistake("rules/registry.py", 0, str(error), "Correct the rule.toml or the rule.py that it names"),)
    mistakes = check_versions(ruleset)
    if not record or (any(UNVERSIONED in each.message for each in mistakes) and not same_meaning):
        return mistakes
    text = recorded_text(check.versions_now(), ruleset)
    Path(str(check.installed().rules.joinpath(FILE))).write_text(text, encoding="utf-8")
    return check_versions(ruleset)


def load_ruleset() -> str:
    """Return the ruleset version.

    Raises KnowledgeError if Python and sheets disagree.
    """
    from rules.registry import RULESET

    return RULESET
