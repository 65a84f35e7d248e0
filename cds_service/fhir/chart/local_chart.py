"""Charts from local resources, without any fetch.

Tests: tests/cli/test_cli_evaluate.py.
"""

from collections.abc import Iterable
from datetime import date

from msgspec import Raw

from cds_service.fhir.candidates.candidates import EvidenceCandidates
from cds_service.fhir.chart.chart import Chart
from cds_service.fhir.pages.page import Entry
from rules.facts import Gap


def chart_of(
    resources: Iterable[bytes | Entry],
    patient_id: str,
    as_of: date,
    urls: Iterable[str] = (),
    gaps: tuple[Gap, ...] = (),
) -> Chart:
    """Return the chart of one patient from raw resources.

    Every source without a gap counts as complete, and codes are read in the knowledge's systems only. `urls` are
    further names of the patient, such as the fullUrl of a transaction entry.
    """
    pool = EvidenceCandidates(patient_id=patient_id, as_of=as_of, urls=set(urls))
    pool.add([each if isinstance(each, Entry) else Entry(Raw(each)) for each in resources])
    pool.place()
    return Chart(pool, gaps, ())
