"""What a client wants of its cards: how many, how long, how they may be chosen from, and the site's own order codes.

It must not test which queries are asked: tests/profiles/test_profiles.py does.
It tests cds_service/clients/presentation.py and cds_service/evaluation/response.py through the real service.
"""

from pathlib import Path

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_service.profiles.profile import profile_names, profile_of
from tests.builders import (
    EXTENSION,
    LEFT_OUT,
    PATIENT,
    Resource,
    a_patient,
    answer_for,
    call_of,
    condition,
    topics,
    trace,
    weight,
)
from tests.service.registered import Site

pytestmark = pytest.mark.anyio
MANY = (
    a_patient()
    .with_history()
    .with_lump()
    .with_(
        condition("R56.9", "2026-06-10"),
        condition("R51.9", "2026-06-10"),
        condition("R59.0"),
        condition("M54.6", "2026-06-10"),
        condition("R06.02", "2026-06-10"),
        weight(75, "2025-12-01"),
        weight(68, "2026-06-10"),
    )
)
HEADACHE = a_patient().with_history().with_(condition("R51.9", "2026-06-10"))
MAPPED = """
brain_mri = [{ system = "urn:com.example.keys", code = "IMG 1", display = "MRI brain, ours" }]
"""


def _suggestions(answer: Resource) -> list[Resource]:
    return [suggestion for card in answer["cards"] for suggestion in card.get("suggestions", ())]


def _coding(answer: Resource, name: str) -> list[Resource]:
    """The codings of the order of that name."""
    orders = (suggestion["actions"][0]["resource"]["code"] for suggestion in _suggestions(answer))
    found: list[Resource] = next(code["coding"] for code in orders if code["text"] == name)
    return found


async def test_one_card_holds_what_all_cards_held(tmp_path: Path) -> None:
    """Every order once, every rule, every piece of evidence, every site by its name; and the trace is the same."""
    many, one = await answer_for(MANY), await Site(tmp_path, "epic").answer(MANY)

    assert topics(one) == {"brain": "critical"}
    (card,) = one["cards"]
    assert {found["label"] for found in card["suggestions"]} == {found["label"] for found in _suggestions(many)}
    assert len({found["uuid"] for found in card["suggestions"]}) == len(card["suggestions"])
    own, others = card["extension"][EXTENSION], [each["extension"][EXTENSION] for each in many["cards"]]
    assert {rule["id"] for rule in own["rules"]} == {rule["id"] for other in others for rule in other["rules"]}
    assert set(own["evidence"]) == {reference for other in others for reference in other["evidence"]}
    assert trace(one) == trace(many)
    for site in ("Brain", "Bone", "Lung", "Liver", "Lymph nodes", "Breast and chest wall"):
        assert f"**{site}** (" in card["detail"]
    assert card["summary"].endswith("; and 5 more")


@pytest.mark.sweep
@pytest.mark.parametrize("name", sorted(profile_names()))
async def test_no_card_is_longer_than_its_profile_says(name: str, tmp_path: Path) -> None:
    """Nor has it a topic that an EHR could not remember, nor more than one action in a suggestion."""
    site, length = Site(tmp_path, name, on_missing="card"), profile_of(name).form.detail_length
    unread = MANY.with_(*(condition("R51.9", f"2026-13-{day:02}") for day in range(1, 20)))

    answers = [await site.answer(chart) for chart in (MANY, HEADACHE, unread)]
    answers += [await site.answer(MANY, observations=LEFT_OUT, procedures="<html>")]
    answers += [await site.answer(MANY, **dict.fromkeys(MANY.prefetch(), "<html>"))]

    for card in (card for answer in answers for card in answer["cards"]):
        assert len(card["detail"]) <= length
        assert card["source"]["topic"]["code"].isalpha()
        assert all(len(suggestion["actions"]) == 1 for suggestion in card.get("suggestions", ()))
        assert not {"|", "<"} & set(card["detail"])


async def test_one_card_says_what_was_not_seen(tmp_path: Path) -> None:
    """Beside a finding the card for that is a line; alone it is what it was."""
    site = Site(tmp_path, "epic")

    beside = await site.answer(HEADACHE, observations=LEFT_OUT)
    alone = await site.answer(a_patient().with_history(), observations=LEFT_OUT)

    assert topics(beside) == {"brain": "info"}
    assert "**Not checked:** symptoms, weights and laboratory values: not sent" in beside["cards"][0]["detail"]
    assert "more" not in beside["cards"][0]["summary"]
    assert topics(alone) == {"incomplete": "info"}


async def test_a_client_of_the_first_version_is_given_the_only_choice_that_it_knows(tmp_path: Path) -> None:
    """Then one order is recommended, the first."""
    (card,) = (await Site(tmp_path, "oracle-health").answer(MANY))["cards"]

    assert card["selectionBehavior"] == "at-most-one"
    assert [found.get("isRecommended") for found in card["suggestions"]][:2] == [True, None]
    assert sum("isRecommended" in found for found in card["suggestions"]) == 1


async def test_a_generic_client_gets_the_cards_of_everybody(tmp_path: Path) -> None:
    """But for the uuids, which are its own."""
    site = await Site(tmp_path).answer(MANY)
    anybody = await answer_for(MANY)

    for card in (*site["cards"], *anybody["cards"]):
        del card["uuid"]
        for suggestion in card["suggestions"]:
            del suggestion["uuid"]
    assert site == anybody


async def test_an_order_carries_the_sites_codes_first(tmp_path: Path) -> None:
    """Then ours; its name stays ours, and what is not mapped stays as it was."""
    ours, theirs = await answer_for(MANY), await Site(tmp_path, orders=MAPPED).answer(MANY)
    name = "MRI of the brain with contrast"

    own = {"system": "urn:com.example.keys", "code": "IMG 1", "display": "MRI brain, ours"}
    assert _coding(theirs, name) == [own, *_coding(ours, name)]
    assert _coding(theirs, "Chest X-ray") == _coding(ours, "Chest X-ray")
    for suggestion in _suggestions(theirs):
        ServiceRequest.model_validate(suggestion["actions"][0]["resource"])


async def test_an_order_can_carry_the_sites_codes_alone(tmp_path: Path) -> None:
    """Where the profile says so; without one it goes out with ours and its name."""
    answer = await Site(tmp_path, "epic", orders=MAPPED).answer(MANY)

    assert [coding["code"] for coding in _coding(answer, "MRI of the brain with contrast")] == ["IMG 1"]
    assert _coding(answer, "Chest X-ray") == _coding(await answer_for(MANY), "Chest X-ray")


@pytest.mark.parametrize("code", ['system = "a b", code = "1"', 'system = "urn:x", code = " 1"'])
async def test_a_code_that_fhir_can_not_hold_does_not_go_out(code: str, tmp_path: Path) -> None:
    """The order goes out with ours: a mistake in a file is no reason to answer nothing."""
    orders = f'brain_mri = [{{ {code}, display = "x" }}]'

    answer = await Site(tmp_path, "epic", orders=orders).answer(MANY)

    assert _coding(answer, "MRI of the brain with contrast") == _coding(
        await answer_for(MANY), "MRI of the brain with contrast"
    )


async def test_a_call_as_one_vendor_describes_it_is_answered_like_any_other(tmp_path: Path) -> None:
    """A hook instance of version 1, an extension that names the trigger, a key of its own, odd scopes, a version."""
    site, trigger = Site(tmp_path, "epic"), "com.epic.cdshooks.request.bpa-trigger-action"
    extension = {trigger: "25", "internal": {"deep": [1, None]}, "com.epic.cdshooks.version": "1.1"}
    odd = {"hookInstance": "b3b1f3a0-1d2e-11ed-861d-0242ac120002", "extension": extension}
    prefetch = {"-user": {"resourceType": "Practitioner", "id": "x"}, **MANY.prefetch()}

    plain = await site.post(call_of(MANY.prefetch(), hookInstance=odd["hookInstance"]))
    described = await site.post(call_of(prefetch, **odd))

    assert described.status_code == 200
    assert described.content == plain.content


ORDERS = """
[[brain_mri]]
system = "urn:oid:1.2.840.114350.1.13.1.1.7.2.696580"
code = "IMG268"
display = "MRI brain with and without contrast"
"""


@pytest.mark.parametrize("code, left", [("IMG268", []), ("IMG999", ["brain_mri"])])
async def test_what_a_site_ordered_under_its_own_code_is_ordered_already(
    code: str, left: list[str], tmp_path: Path
) -> None:
    """Its charts hold its own codes; one that it did not map says nothing."""
    system = "urn:oid:1.2.840.114350.1.13.1.1.7.2.696580"
    order = {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authoredOn": "2026-06-14",
    }

    answer = await Site(tmp_path, orders=ORDERS).answer(HEADACHE.with_(order))

    (card,) = answer["cards"]
    assert len(card.get("suggestions", ())) == len(left)
