"""The knowledge as FHIR R4 artefacts."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from cards.model import PRIORITY
from cards.recurrence import order_codings
from cards.words import english
from cds_service.fhir.writing.artefact_validation import validate
from cds_service.publication.artefacts.library import artefact, builders
from cds_service.publication.artefacts.plan_definitions import plan_definition
from rules.codes import catalogue
from rules.explain.plans import plans
from rules.facts import Code, System
from rules.outcome import Level
from rules.registry import RULES
from rules.rule import Rule
from rules.sheet import RuleInfo
from tests.evaluating import CASES, cards_of

ALL = list(builders())
MARKERS = ("Cancer Ag 15-3", "Cancer Ag 27-29", "Carcinoembryonic Ag")
DIGEST = """
import hashlib
from cds_service.publication.artefacts.library import artefact
from cds_service.publication.artefacts.library import builders
print(hashlib.sha256(b"".join(artefact(*key) for key in builders())).hexdigest())
"""


def _of(kind: str) -> list[dict[str, Any]]:
    return [json.loads(artefact(*key) or b"") for key in ALL if key[0] == kind]


def test_every_artefact_is_valid_fhir_and_a_draft_that_nobody_approved() -> None:
    """It must not look like a published guideline."""
    for kind, name in ALL:
        content = artefact(kind, name) or b""
        validate(kind, content)
        resource = json.loads(content)
        assert (resource["resourceType"], resource["id"]) == (kind, name)
        assert (resource["status"], resource["experimental"]) == ("draft", True)
        assert not {"approvalDate", "lastReviewDate"} & resource.keys()
        assert resource["url"].startswith(f"urn:recurrence-cds:{kind}:")
        assert "signed off" in resource.get("usage", resource.get("purpose"))


def test_an_artefact_that_is_not_fhir_is_refused() -> None:
    """Before it is written anywhere."""
    with pytest.raises(ValidationError):
        validate("ValueSet", b'{"resourceType": "ValueSet", "status": 1, "compose": []}')


def test_no_address_or_version_is_used_twice() -> None:
    """Versions of a rule share their address."""
    resources = [json.loads(artefact(*key) or b"") for key in ALL]

    assert len({(each["url"], each["version"]) for each in resources}) == len(ALL)
    assert all(len(name) <= 64 for _, name in ALL)


def test_the_artefacts_are_the_same_bytes_in_another_process() -> None:
    """Neither the clock nor the order of a set gets in."""
    here = hashlib.sha256(b"".join(artefact(*key) or b"" for key in ALL)).hexdigest()
    command = [sys.executable, "-c", DIGEST]
    there = subprocess.run(  # noqa: S603 - our own interpreter and code
        command, check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": "7"}
    )

    assert there.stdout.strip() == here


def test_every_trigger_and_alternative_of_a_rule_is_read_by_its_plan() -> None:
    """Each with the value set of its concept; a group by the concepts in it, vaccinations as they are."""
    for rule in RULES:
        plan = json.loads(artefact("PlanDefinition", f"{rule.id}-{rule.version}") or b"")
        read = plan["action"][0]["input"]
        filters = {item["codeFilter"][0]["valueSet"].split("|")[0] for item in read if "codeFilter" in item}
        groups = {"surgery": ("tx_lumpectomy", "tx_mastectomy", "tx_axillary_surgery"), "vaccination": ()}
        named = (*rule.info.triggers, *rule.info.alternatives)
        concepts = {each for name in named for each in groups.get(name, (name,))}
        assert filters == {f"urn:recurrence-cds:ValueSet:{concept.replace('_', '-')}" for concept in concepts}
        assert ("Immunization" in {item["type"] for item in read}) is ("vaccination" in named)


def test_a_requirement_reads_a_concept_where_its_codes_can_stand() -> None:
    """Drugs as orders, treatments as procedures, measurements as observations."""
    plan = json.loads(artefact("PlanDefinition", "BONE-6-1.0.0") or b"")
    places = {(i["id"].split("-", 1)[1], i["type"]) for i in plan["action"][0]["input"]}

    assert ("lab-platelets-Observation-code", "Observation") in places
    assert ("tx-cytotoxic-MedicationRequest-medication", "MedicationRequest") in places
    assert ("cytopenia-coded-Condition-code", "Condition") in places
    radiotherapy = json.loads(artefact("PlanDefinition", "LOC-7-1.0.0") or b"")["action"][0]["input"]
    assert ("Procedure", "alternative-tx-radiotherapy-Procedure-code") in {(i["type"], i["id"]) for i in radiotherapy}


def test_a_plan_proposes_at_each_level_what_the_sheet_says() -> None:
    """With the priority of the level, then what may follow."""
    for rule in RULES:
        plan = json.loads(artefact("PlanDefinition", f"{rule.id}-{rule.version}") or b"")
        groups = iter(plan["action"][0]["action"])
        for each in plans().of_rule(rule.id):
            for level in plans().levels(rule.id, each):
                group = next(groups)
                assert group["priority"] == PRIORITY[level]
                keys = [action["id"].replace("-", "_") for action in group["action"] if "id" in action]
                assert tuple(keys) == each.keys(level)
        assert next(groups, None) is None


def test_every_reference_leads_to_an_artefact() -> None:
    """From plans to orders and value sets, from the library to everything."""
    known = {f"{each['url']}|{each['version']}" for key in ALL for each in [json.loads(artefact(*key) or b"")]}
    (library,) = _of("Library")
    text = json.dumps(_of("PlanDefinition"))
    referred = {part.split('"')[0] for part in text.split('"urn:')[1:]}

    listed = {item["resource"] for item in library["relatedArtifact"]}
    assert listed | {f"{library['url']}|{library['version']}"} == known
    assert {f"urn:{part}" for part in referred if "|" in part} <= known


def test_every_work_up_key_is_an_order_with_its_codes_and_its_name() -> None:
    """Those of a card: one examination, so at most one code of a system; several examinations have the name alone."""
    keys = {row.concept for row in catalogue().rows if row.role == "workup"}
    activities = {each["id"].replace("-", "_"): each for each in _of("ActivityDefinition")}

    assert set(activities) == keys
    for key, activity in activities.items():
        assert (activity["kind"], activity["intent"]) == ("ServiceRequest", "proposal")
        assert activity["code"]["text"] == english().order(key)
        codings = [Code(System(each["system"]), each["code"]) for each in activity["code"].get("coding", ())]
        assert codings == [coding.code for coding in order_codings(key)]
        assert len({code.system for code in codings}) == len(codings)


@pytest.mark.sweep
def test_no_tumour_marker_is_in_any_order() -> None:
    """Neither in a definition nor on a card of any case."""
    rows = [row for row in catalogue().rows if row.concept == "lab_tumor_marker"]
    markers = {row.code for row in rows}
    assert all(any(name in row.display for row in rows) for name in MARKERS)

    defined = {
        Code(System(coding["system"]), coding["code"])
        for activity in _of("ActivityDefinition")
        for coding in activity["code"].get("coding", ())
    }
    ordered = {c.code for name in CASES for card in cards_of(name) for order in card.orders for c in order.codings}

    assert not markers & defined
    assert ordered
    assert not markers & ordered
    assert not any("marker" in activity["title"].lower() for activity in _of("ActivityDefinition"))


def test_a_version_that_ended_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both versions stay published."""
    rule = next(rule for rule in RULES if rule.id == "BONE-3")
    ended = replace(rule.info, effective_to=date(2027, 1, 31))
    monkeypatch.setattr(Rule, "info", property(lambda _rule: ended))

    plan = plan_definition(rule)

    assert isinstance(ended, RuleInfo)
    assert plan["effectivePeriod"] == {"start": "2000-01-01", "end": "2027-01-31"}
    assert [group["priority"] for group in plan["action"][0]["action"]] == [
        PRIORITY[Level.WARNING],
        PRIORITY[Level.INFO],
    ]
