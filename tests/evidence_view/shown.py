"""Charts as the page shows them.

It must not check what is shown.
Its tests are those that use it.
"""

import json
from datetime import date

from cards.words import Language
from cds_service.evidence_view.marks import Lane, Mark
from cds_service.evidence_view.page_model import Page, page_of
from cds_service.fhir.chart.chart import Chart as LoadedChart
from cds_service.fhir.chart.local_chart import chart_of
from rules.facts import Gap
from tests.builders import DAY, PATIENT, Chart


def loaded(chart: Chart, as_of: date = DAY, gaps: tuple[Gap, ...] = ()) -> LoadedChart:
    """A chart as the service has it."""
    raw = [json.dumps(resource).encode() for resource in chart.resources]
    return chart_of(raw, PATIENT, as_of, gaps=gaps)


def page_for(
    chart: Chart, as_of: date = DAY, gaps: tuple[Gap, ...] = (), language: Language = Language.ENGLISH
) -> Page:
    """The page of a chart."""
    return page_of(loaded(chart, as_of, gaps), as_of, language)


def lane(page: Page, name: Lane) -> tuple[Mark, ...]:
    """The marks of a lane, the folded ones too."""
    (found,) = [each for each in page.lanes if each.id == name]
    return (*found.shown, *found.folded)


def told(page: Page, name: Lane) -> list[tuple[str, str, tuple[str, ...]]]:
    """Label, fate and why of each mark of a lane."""
    return [(mark.label, mark.fate, mark.why) for mark in lane(page, name)]
