"""Every change of the data held against the cases: which were noticed, by which case, and which by none.

It must not judge a case itself: mutation.cases does.
Its tests are in tests/rules/test_mutation.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mutation.cases import fails
from mutation.changes import Change
from rules.facts import Facts
from tests.evaluating import CASES, facts_of, facts_of_case
from tests.vignettes import COLUMNS, Vignette, resources

READ_AGAIN = ("code", "words")
"""Kinds of data that the reader of a chart asks too, so that each case has to be read anew."""
CATEGORY = re.compile(r"[A-Z][0-9]{2}")
"""The first category of a range such as C00-C43; a LOINC answer code has a dash too."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A change and the first case that fails with it; None when none does."""

    change: Change
    case: str | None


def run(changes: Iterable[Change], hints: Mapping[str, str] | None = None) -> Iterator[Noticed]:
    """Yield each change with the first case that notices it; hints name the case that did so before."""
    for change in changes:
        yield Noticed(change, _first(change, (hints or {}).get(change.name)))


def _first(change: Change, hint: str | None) -> str | None:
    cases = _in_order(change, hint)
    if change.code is None and change.kind not in READ_AGAIN:
        read = [(case, facts_of_case(case)) for case in cases]
        with change.made():
            return next((case.id for case, facts in read if fails(case, facts)), None)
    with change.made():
        return next((case.id for case in cases if fails(case, _read_again(case))), None)


def _read_again(case: Vignette) -> Facts:
    """The facts of a case as the changed knowledge reads them."""
    return facts_of(resources(case), case.as_of)


def _in_order(change: Change, hint: str | None) -> list[Vignette]:
    """The cases that may notice, the likeliest first: the hinted one, those of the folder, the rest."""
    cases = list(CASES.values())
    if change.code is not None:
        cases = [case for case in cases if _holds(case, change.code, change)]
    return sorted(cases, key=lambda case: (case.id != hint, case.folder != change.folder))


def _holds(case: Vignette, code: str, change: Change) -> bool:
    """Whether a case holds a code or one below it; an order may stand under its key."""
    key = change.what.partition(" ")[0]
    tokens = [token for column in COLUMNS for token in case.facts[column]]
    first, dash, last = code.partition("-")
    if dash and CATEGORY.fullmatch(first):
        return any(token.startswith("icd:") and first <= token[4 : 4 + len(first)] <= last for token in tokens)
    return any(f":{code}" in token or f"={code}" in token or f":{key}" in token or code in token for token in tokens)
