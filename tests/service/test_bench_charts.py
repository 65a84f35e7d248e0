"""The charts and calls that `make bench` makes.

It starts no server and measures no time.
"""

import json

import pytest
from fhir.resources.R4B import get_fhir_model_class

from bench import call, charts
from bench.charts import Variant

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "observations": "Observation?patient={{context.patientId}}&_sort=-date",
    "more": "Observation?patient={{context.patientId}}",
    "orders": "ServiceRequest?patient={{context.patientId}}",
}


def body(size: int, variant: Variant, seed: int = charts.SEED) -> bytes:
    """The call with such a chart."""
    return call.request_body(charts.chart(size, variant, types=call.asked_types(TEMPLATES), seed=seed), TEMPLATES)


@pytest.mark.parametrize("variant", Variant)
def test_the_same_seed_gives_the_same_bytes(variant: Variant) -> None:
    """A call can be repeated byte for byte; another seed gives another call."""
    assert body(200, variant) == body(200, variant)
    assert body(200, variant) != body(200, variant, seed=1)


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("size", [50, 500, 2_000])
def test_a_call_holds_exactly_as_many_resources_as_asked_for(size: int, variant: Variant) -> None:
    """The patient counts; types that no template asks for are left out and the others take their place."""
    prefetch = json.loads(body(size, variant))["prefetch"]
    entries = [entry for key, bundle in prefetch.items() if key != "patient" for entry in bundle["entry"]]
    assert len(entries) + 1 == size
    assert len({entry["fullUrl"] for entry in entries}) == size - 1


def test_a_type_asked_for_twice_stands_under_its_first_key() -> None:
    """No resource is sent twice."""
    prefetch = json.loads(body(50, Variant.CARD))["prefetch"]
    assert prefetch["observations"]["total"] > 0
    assert prefetch["more"]["entry"] == []
    assert prefetch["orders"]["entry"] == []


def test_self_links_name_the_patient() -> None:
    """A Bundle's self link is the template with the patient's id filled in."""
    observations = json.loads(body(50, Variant.CARD))["prefetch"]["observations"]
    assert observations["link"] == [
        {"relation": "self", "url": "https://ehr.example.org/fhir/Observation?patient=bench-patient&_sort=-date"},
    ]


@pytest.mark.parametrize("variant", Variant)
def test_resources_have_the_size_of_real_ones(variant: Variant) -> None:
    """Between 1.0 and 1.2 kB of compact JSON on average, as in public synthetic records."""
    resources = [resource for found in charts.chart(1_000, variant).values() for resource in found]
    assert 1_000 <= sum(len(json.dumps(resource, separators=(",", ":"))) for resource in resources) / 1_000 <= 1_200


@pytest.mark.parametrize("variant", Variant)
def test_every_bundle_is_newest_first(variant: Variant) -> None:
    """As `_sort=-date` would give them."""
    observations = charts.chart(500, variant)["Observation"]
    dates = [observation["effectiveDateTime"] for observation in observations]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("variant", Variant)
def test_every_resource_is_valid_fhir(variant: Variant) -> None:
    """fhir.resources R4B takes each resource of a chart."""
    for kind, found in charts.chart(300, variant).items():
        for resource in found:
            assert get_fhir_model_class(kind).model_validate(resource).get_resource_type() == kind


def test_only_the_card_variant_has_a_cancer() -> None:
    """The other chart names no neoplasm at all."""
    assert b"C50.412" in body(50, Variant.CARD)
    assert b"neoplasm" not in body(5_000, Variant.NO_HISTORY)
