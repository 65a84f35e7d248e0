"""Output of the `demo` command.

An address must not wrap, because users click or copy it.
Tests: tests/demo/test_demo_command.py.
"""

from rich.console import Console
from rich.text import Text

from cds_service.cli.card_view import card_view
from cds_service.demo.first_call import PATIENT, FirstAnswer
from cds_service.demo.links import page_url, sandbox_url

STATUS = (
    "The clinical content has not been signed off by a practising clinician. All patients are invented. "
    "It does not replace clinical judgement."
)
CHROME = "Chrome from version 142 asks whether the sandbox may use your local network: allow it, or no card appears."


def show(answer: FirstAnswer | str, base: str) -> bool:
    """Print the answer and the addresses, True if there was a card."""
    console = Console(highlight=False, soft_wrap=False)
    if isinstance(answer, str) or not answer.body.get("cards"):
        console.print(Text(f"The service at {base} gave no card. {_failure(answer)}", style="bold red"))
        return False
    console.print(Text(f"The service is up at {base}", style="bold"))
    console.print(
        Text(
            f"It was called as by a record that opens the chart of {PATIENT}, and answered in "
            f"{answer.milliseconds:.0f} ms:\n"
        )
    )
    for card in answer.body["cards"]:
        console.print(card_view(card))
    _show_addresses(console, base)
    return True


def _show_addresses(console: Console, base: str) -> None:
    console.print(Text("\nOpen next", style="bold"))
    for name, address in (
        ("the page here", page_url(base, PATIENT)),
        ("the public sandbox", sandbox_url(base, PATIENT)),
    ):
        console.print(Text(f"  {name + ':':20}{address}"), soft_wrap=True)
    console.print(Text(f"  {CHROME}", style="dim"))
    console.print(Text(f"\n{STATUS}"))


def _failure(answer: FirstAnswer | str) -> str:
    if isinstance(answer, str):
        return answer
    issues = answer.body.get("issue") or [{}]
    return f"It answered {answer.status}: {issues[0].get('details', {}).get('text', 'no cards')}"
