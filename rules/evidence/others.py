"""Questions whose answer is not about a disease of the patient (EV-1).

They ask about relatives, genes or a risk.
Tests: tests/rules/test_others.py.
"""

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from rules.facts import Code
from rules.systems import SYSTEMS
from rules.words import mentions

FILE = "not_the_patient.csv"
WORDS = "not_the_patient"


@cache
def _listed() -> frozenset[Code]:
    text = (files("rules") / "evidence" / FILE).read_text(encoding="utf-8-sig")
    return frozenset(Code(SYSTEMS[row["system"]], row["code"]) for row in csv.DictReader(text.splitlines()))


def is_about_others(codes: Iterable[Code], texts: Iterable[str]) -> bool:
    """Return True for a question about relatives, genes or a risk, by code or words."""
    return not _listed().isdisjoint(codes) or any(mentions(text, WORDS) for text in texts)
