"""Orders as ServiceRequests."""

from fhir.resources.R4B.servicerequest import ServiceRequest

from cards.model import Coding, Order
from cds_service.fhir.writing import service_request
from rules.facts import Code, System
from rules.outcome import Level

XRAY = Coding(Code(System.LOINC, "42272-5"), "XR Chest PA and Lateral")


def test_an_order_without_reasons_is_valid_and_only_sound_references_go_out() -> None:
    """A resource without an id can't be referred to."""
    order = Order("cxr", "Chest X-ray", (XRAY,), Level.INFO, evidence=("Condition/1", "Condition/", "x y/z"))

    resource = service_request.service_request(order, "p1")

    ServiceRequest.model_validate(resource)
    assert resource["reasonReference"] == [{"reference": "Condition/1"}]
    assert "reasonCode" not in resource
    assert "reasonReference" not in service_request.service_request(
        Order("cxr", "Chest X-ray", (XRAY,), Level.INFO), "p1"
    )


def test_nothing_of_one_patient_is_in_the_order_of_the_next() -> None:
    """The same form serves both; the evidence and the patient do not."""
    first = service_request.service_request(Order("cxr", "A", (XRAY,), Level.INFO, evidence=("Condition/1",)), "p1")
    second = service_request.service_request(Order("cxr", "A", (XRAY,), Level.INFO), "p2")

    assert first["subject"] == {"reference": "Patient/p1"}
    assert second["subject"] == {"reference": "Patient/p2"}
    assert "reasonReference" not in second


def test_body_site_and_reasons_are_one_code_each_with_its_display_or_a_text() -> None:
    """A code without a display of ours is written without one."""
    lump = Coding(Code(System.ICD10CM, "N63.0"), "", "Breast lump")
    left = Coding(Code(System.SNOMED, "80248007"), "Left breast structure")
    order = Order("receptor_panel", "Receptors", (), Level.INFO, reasons=(lump,), place=left)

    resource = service_request.service_request(order, "p1")

    ServiceRequest.model_validate(resource)
    assert resource["code"] == {"text": "Receptors"}
    assert resource["reasonCode"] == [{"coding": [{"system": System.ICD10CM, "code": "N63.0"}], "text": "Breast lump"}]
    assert resource["bodySite"] == [
        {"coding": [{"system": System.SNOMED, "code": "80248007", "display": "Left breast structure"}]}
    ]
