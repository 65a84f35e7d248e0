"""A patient with other records: replaced, merged, linked, no longer in use. What stands there was not read."""

import pytest
from msgspec import Raw

from cds_service.fhir.candidates.patient_links import NO_LINKS, patient_links
from tests.builders import Chart, Resource, a_patient, answer_for, topics, trace

pytestmark = pytest.mark.anyio
OTHER = {"reference": "Patient/p2"}


def _linked(*types: str, **more: object) -> Chart:
    link = [{"other": OTHER, "type": type_} for type_ in types]
    return a_patient(**({"link": link} if link else {}), **more)


def _said(answer: Resource) -> list[str]:
    return [item["reason"] for item in trace(answer).get("notAssessable", ()) if item["source"] == "Patient"]


@pytest.mark.parametrize(
    "chart, reasons",
    [
        (_linked("replaced-by"), ["replaced"]),
        (_linked("replaced-by", active=False), ["replaced"]),
        (_linked(active=False), ["inactive"]),
        (_linked("seealso", active=False), ["inactive", "linked"]),
    ],
)
async def test_a_record_that_is_no_longer_written_in_gets_a_card_that_says_so(chart: Chart, reasons: list[str]) -> None:
    """After a breast cancer, with or without a finding; never silence."""
    lump, quiet = await answer_for(chart.with_history().with_lump()), await answer_for(chart.with_history())

    assert topics(lump) == {"local": "warning", "incomplete": "info"}
    assert topics(quiet) == {"incomplete": "info"}
    assert _said(lump) == _said(quiet) == reasons
    assert (
        "may stand under another id" in lump["cards"][1]["detail"]
        or "stand under another id" in lump["cards"][1]["detail"]
    )


@pytest.mark.parametrize(
    "chart, reasons",
    [
        (_linked("replaces"), ["merged"]),
        (_linked("refer"), ["linked"]),
        (_linked("seealso", "replaces"), ["merged"]),
        (_linked("a-new-type"), ["linked"]),
    ],
)
async def test_a_record_with_another_beside_it_has_a_line_on_its_cards(chart: Chart, reasons: list[str]) -> None:
    """The EHR may have moved everything, or not; the service does not look."""
    lump, quiet = await answer_for(chart.with_history().with_lump()), await answer_for(chart.with_history())

    assert topics(lump) == {"local": "warning"}
    assert quiet["cards"] == []
    assert _said(lump) == _said(quiet) == reasons
    assert "**Not checked:** patient data (" in lump["cards"][0]["detail"]
    assert "none in what was read" in lump["cards"][0]["detail"]


@pytest.mark.parametrize("chart", [_linked("replaced-by"), _linked("replaces"), _linked(active=False)])
async def test_without_a_breast_cancer_the_trace_says_it(chart: Chart) -> None:
    """As for every source in which one may have been recorded."""
    answer = await answer_for(chart.with_lump())

    assert answer["cards"] == []
    assert len(_said(answer)) == 1


@pytest.mark.parametrize("chart", [a_patient(active=True), a_patient(link=[]), a_patient(active=None), a_patient()])
async def test_a_record_in_use_says_nothing(chart: Chart) -> None:
    """The common case."""
    answer = await answer_for(chart.with_history().with_lump())

    assert topics(answer) == {"local": "warning"}
    assert _said(answer) == []


async def test_a_link_that_can_not_be_read_is_a_link() -> None:
    """Where the patient came in a Bundle."""
    patient = {"resourceType": "Bundle", "entry": [{"resource": a_patient(link=[5]).resources[0]}]}

    answer = await answer_for(a_patient().with_history().with_lump(), patient=patient)

    assert _said(answer) == ["linked"]
    assert [gap.reason for gap in patient_links(Raw(b'{"link": 5}')).gaps] == ["linked"]


@pytest.mark.parametrize("raw", [None, Raw(b"{"), Raw(b"5"), Raw(b"{}")])
def test_what_is_no_patient_says_nothing_of_others(raw: Raw | None) -> None:
    """Others refuse it."""
    assert patient_links(raw) == NO_LINKS
