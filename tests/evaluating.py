"""Vignettes evaluated in the process, without HTTP: resources to facts to an assessment and its cards.

It must not add anything to what the product does with a chart.
Its tests are those that use it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from cards.context import Seen
from cards.recurrence import cards
from cds_service.fhir.chart.local_chart import chart_of
from cds_service.fhir.reading.facts import read_facts
from rules.assess import Assessment, assess
from rules.case import Case
from tests.vignettes import Vignette, all_vignettes, resources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from cards.model import Card
    from rules.facts import Facts, Gap

CASES = {case.id: case for case in all_vignettes()}
FOLDERS = sorted({case.folder for case in CASES.values()})


def of_folder(folder: str) -> list[str]:
    """The ids of the cases of a folder of rules."""
    return [name for name, case in CASES.items() if case.folder == folder]


def facts_of(chart: list[dict[str, Any]], as_of: date) -> Facts:
    """The facts of resources of which the first is the Patient."""
    raw = [json.dumps(resource).encode() for resource in chart]
    return read_facts(chart_of(raw, chart[0]["id"], as_of).pool)


def facts_of_case(case: Vignette | str) -> Facts:
    """The facts of a vignette, given itself or by its id; those of the cases are read once."""
    name = _stated(case)
    if name is not None:
        return _facts_of_stated(name)
    assert isinstance(case, Vignette)
    return facts_of(resources(case), case.as_of)


def _stated(case: Vignette | str) -> str | None:
    """The id of a case of the knowledge, None for another vignette."""
    if isinstance(case, str):
        return case
    return case.id if CASES.get(case.id) is case else None


@cache
def _facts_of_stated(name: str) -> Facts:
    case = CASES[name]
    return facts_of(resources(case), case.as_of)


def assessed(case: Vignette | str, gaps: Iterable[Gap] = ()) -> Assessment:
    """The assessment of a vignette, with sources that were not seen; those of the cases are made once."""
    name, unseen = _stated(case), tuple(gaps)
    if name is not None and not unseen:
        return _assessed_stated(name)
    found = CASES[case] if isinstance(case, str) else case
    return assess(replace(facts_of_case(found), gaps=unseen), found.as_of)


@cache
def _assessed_stated(name: str) -> Assessment:
    return assess(_facts_of_stated(name), CASES[name].as_of)


def case_of(*tokens: str, as_of: date, history: bool = True) -> Case:
    """What the rules are asked with: a vignette of our own on its day."""
    return Case(facts_of_case(made(*tokens, as_of=as_of, history=history)), as_of)


def cards_of(case: Vignette | str, seen: Seen | None = None) -> tuple[Card, ...]:
    """The cards of a vignette; those of the cases are made once."""
    name = _stated(case)
    return _cards_stated(name) if name is not None and seen is None else cards(assessed(case), seen or Seen())


@cache
def _cards_stated(name: str) -> tuple[Card, ...]:
    return cards(assessed(name), Seen())


def levels(assessment: Assessment) -> dict[str, str]:
    """The level of each card by its site."""
    return {site.site.value: site.level.indicator for site in assessment.cards if site.level is not None}


def orders(assessment: Assessment) -> list[str]:
    """The work-up keys of all cards, each once, sorted."""
    return sorted({key for site in assessment.cards for key in site.orders})


def made(*tokens: str, as_of: date, history: bool = True) -> Vignette:
    """A vignette of our own: a treated breast cancer of 2019, and the given symptoms."""
    past = ("icd:C50.412@2019-03-10{st=remission}", "sct:392021009@2019-04-08{res=Procedure}") if history else ()
    facts = {"history": past, "symptoms": tokens, "labs_vitals": (), "exclusions": ()}
    return Vignette("M001", "made", as_of, 60, "female", facts, "treated", {}, ())
