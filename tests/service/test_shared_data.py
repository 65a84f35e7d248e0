"""Charts that nobody here wrote: answered without a crash, and silent where there is no breast cancer.

They are read in place and never copied; where the folder is not there, these tests say so and are skipped.
"""

import gzip
import json
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from cds_service.errors import CdsError
from cds_service.evaluation.evaluate import Evaluation, evaluate
from cds_service.fhir.chart.files import FileError, patients_of, read_file
from cds_service.fhir.chart.local_chart import chart_of
from cds_service.fhir.chart.sources import TEMPLATES
from tests.builders import DAY, answer_to, call_of, topics

DATA = Path(__file__).parents[3] / "shared" / "data"
SMALL = 100_000
"""Size of a small chart, packed, in bytes."""
DAYS = (date(2012, 6, 1), date(2019, 6, 1), date(2025, 6, 1))

pytestmark = [
    pytest.mark.sweep,
    pytest.mark.skipif(not DATA.is_dir(), reason="no folder of third-party charts is here"),
]


def _files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((DATA / folder).glob("*.gz"))]


def _small(*folders: str) -> list[Path]:
    return [path for path in _files(*folders) if path.stat().st_size < SMALL]


def _evaluations(path: Path) -> list[Evaluation]:
    patients = patients_of(read_file(path, BytesIO()))
    return [
        evaluate(chart_of(patient.resources, patient.patient_id, day, patient.urls), day)
        for patient in patients
        for day in DAYS
    ]


@pytest.mark.parametrize("path", _files("no-breast"), ids=lambda path: path.name)
def test_a_chart_without_breast_cancer_gives_no_card(path: Path) -> None:
    """At three days: nobody is alarmed."""
    for found in _evaluations(path):
        assert found.cards == ()
        assert found.assessment.state.value in {"none", "suppressed"}


@pytest.mark.parametrize("path", _files("breast", "spec-examples"), ids=lambda path: path.name)
def test_a_real_chart_is_answered(path: Path) -> None:
    """Whatever it holds; somebody's history of breast cancer is found."""
    states = {found.assessment.state.value for found in _evaluations(path)}

    assert states - {"none"} or "spec-examples" in path.parts


@pytest.mark.anyio
@pytest.mark.parametrize("path", _small("no-breast", "breast"), ids=lambda path: path.name)
async def test_a_small_chart_over_http_is_answered_as_in_the_process(path: Path) -> None:
    """Sent whole, as one Bundle under one key; every source counts as seen in both."""
    data = read_file(path, BytesIO())
    (patient,) = patients_of(data)
    chart = chart_of(patient.resources, patient.patient_id, DAY, patient.urls)
    bundle = json.loads(data)
    context = {"userId": "Practitioner/1", "patientId": patient.patient_id}

    response = await answer_to(call_of(dict.fromkeys(TEMPLATES) | {"conditions": bundle}, context=context))

    assert response.status_code == 200
    assert topics(response.json()) == {card.topic: card.level.indicator for card in evaluate(chart, DAY).cards}


@pytest.mark.parametrize("path", _files("awkward"), ids=lambda path: path.name)
def test_an_awkward_file_is_answered_or_refused_in_words(path: Path) -> None:
    """Older FHIR, arrays, files of files: never a crash."""
    texts = [path.read_bytes()]
    if path.name.startswith("hl7-"):
        texts = [text.encode() for text in json.loads(gzip.decompress(texts[0])).values()]
    refused: list[str] = []
    for text in texts:
        data = gzip.decompress(text) if text.startswith(b"\x1f\x8b") else text
        try:
            for patient in patients_of(data):
                evaluate(chart_of(patient.resources, patient.patient_id, DAYS[2], patient.urls), DAYS[2])
        except (FileError, CdsError) as error:
            refused.append(str(error))
    assert all(refused)
