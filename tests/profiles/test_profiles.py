"""Profiles: what a file may say, what an EHR is asked, and that nobody registered gets what discovery publishes.

It must not test how cards look: tests/clients/test_presentation.py does.
It tests cds_service/profiles and how cds_service/fhir/chart/chart.py uses it.
"""

import re
from pathlib import Path

import httpx
import pytest

from cards.model import Form
from cds_service.fhir.chart.sources import BY_KEY, SOURCES
from cds_service.profiles.file import read_profile_file
from cds_service.profiles.profile import DEFAULT, Profile, Selection, profile_names, profile_of
from tests.builders import (
    LEFT_OUT,
    Resource,
    a_patient,
    answer_to,
    call_of,
    condition,
    fetched,
    observation,
    searchset,
    serving,
    topics,
    trace,
)
from tests.service.registered import Server, Site

pytestmark = pytest.mark.anyio
LUMP = a_patient().with_history().with_lump()
CALCIUM = observation("17861-6", "2026-06-14", valueQuantity={"value": 14.2, "unit": "mg/dL"})
NAMES = sorted(profile_names())
GOOD = """
title = "T"
hooks = "2.0"
cards = "merged"
detail_length = 600
selection_behavior = "any"
order_codes = "site-only"
on_missing = "412"
remembers_overrides = false
remembers_overrides_mark = "none"
[registration]
iss = "i"
jku = "j"
algorithm = "RS384"
sub = ""
fhir_server = "f"
order_system = "s"
[queries]
conditions = [{ key = "conditions", query = "Condition?patient={{context.patientId}}&category=a,b" }]
"""


def _profiles() -> list[Profile]:
    return [profile_of(name) for name in NAMES]


def test_the_profiles_are_those_of_the_issue() -> None:
    """One file each."""
    assert {"athenahealth", "epic", "generic", "oracle-health", "sandbox"} == set(NAMES)


def test_who_is_not_registered_gets_what_is_fixed() -> None:
    """A card for each site, 900 characters, any choice, our codes, and the queries of discovery."""
    generic = profile_of(DEFAULT)

    assert (generic.queries, generic.form, generic.selection) == ({}, Form(), Selection.ANY)
    assert not generic.site_codes_only


@pytest.mark.parametrize("profile", _profiles(), ids=lambda profile: profile.name)
def test_a_query_of_a_profile_asks_for_one_patient_and_nothing_that_no_client_could_send(profile: Profile) -> None:
    """One token, no name twice, no code, no date that has to be counted."""
    for key, queries in profile.queries.items():
        for query in queries:
            assert re.match(rf"{BY_KEY[key].resource_type}\?patient={{{{context\.patientId}}}}", query.template)
            names = re.findall(r"[?&]([a-z_-]+)=", query.template)
            assert len(names) == len(set(names))
            assert not {"code", "date", "_sort"} & set(names)


def test_vendors_are_asked_as_they_want_to_be() -> None:
    """Categories and statuses for the one, at most 200 a page for the other."""
    epic, oracle = profile_of("epic").queries, profile_of("oracle-health").queries

    statuses = "clinical-status=active,inactive,resolved"
    assert all(statuses in query.template and "category=" in query.template for query in epic["conditions"])
    assert {re.findall(r"category=([a-z-]+)", query.template)[0] for query in epic["conditions"]} == {
        *("problem-list-item", "encounter-diagnosis", "health-concern")
    }
    assert all("category=" in query.template for query in epic["observations"])
    counts = [re.findall(r"_count=(\d+)", query.template) for queries in oracle.values() for query in queries]
    assert max(int(count[0]) for count in counts if count) == 200
    assert epic.keys() == oracle.keys() == BY_KEY.keys() - {"patient"}


async def test_a_missing_source_is_asked_by_the_queries_of_the_profile(tmp_path: Path) -> None:
    """Each by its own, all at once, and a lump in any of the answers counts."""
    response, asked = await Site(tmp_path, "epic").asking(LUMP)

    queries = [query for source in SOURCES for query in profile_of("epic").queries.get(source.key, (source,))]
    assert asked == sorted(query.query("p1") for query in queries)
    assert topics(response.json()) == {"local": "warning"}
    assert "notAssessable" not in trace(response.json())


@pytest.mark.parametrize("name", ["generic", "sandbox"])
async def test_a_profile_without_queries_asks_as_discovery_does(name: str, tmp_path: Path) -> None:
    """So does a caller that nobody registered."""
    asked_by_anybody: list[str] = []
    anybody = await fetched(LUMP, asked=asked_by_anybody)

    response, asked = await Site(tmp_path, name).asking(LUMP)

    assert asked == sorted(source.query("p1") for source in SOURCES)
    assert len(asked_by_anybody) == len(SOURCES)
    assert _told(response.json()) == _told(anybody.json())


def _told(answer: Resource) -> list[object]:
    return [(card["summary"], card["detail"], card["extension"]) for card in answer["cards"]] + [trace(answer)]


async def test_only_what_prefetch_lacks_is_asked(tmp_path: Path) -> None:
    """Of a source in parts each part by itself; what stands under the source's own key is the whole of it."""
    site = Site(tmp_path, "epic")
    part = {"conditionsProblemList": searchset(LUMP.of_type("Condition")), "conditionsHealthConcerns": None}

    _, some = await site.asking(LUMP, LUMP.prefetch(conditions=LEFT_OUT) | part)
    whole, none = await site.asking(LUMP, LUMP.prefetch())

    assert [url for url in some if url.startswith("Condition")] == [
        "Condition?patient=p1&category=encounter-diagnosis&clinical-status=active,inactive,resolved"
    ]
    assert len(some) == 1
    assert none == []
    assert topics(whole.json()) == {"local": "warning"}


async def test_parts_that_were_all_sent_need_no_server(tmp_path: Path) -> None:
    """An analyst typed them in; one that is missing leaves the source unknown."""
    site, keys = Site(tmp_path, "epic"), [query.key for query in profile_of("epic").queries["conditions"]]
    parts: Resource = dict.fromkeys(keys) | {keys[1]: searchset(LUMP.of_type("Condition"))}
    prefetch = LUMP.prefetch(conditions=LEFT_OUT)

    whole = await site.post(call_of(prefetch | parts))
    broken = await site.post(call_of(prefetch | {key: parts[key] for key in keys[:2]}))

    assert topics(whole.json()) == {"local": "warning"}
    assert broken.status_code == 412


def _failing(category: str) -> Server:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = f"{request.url.query.decode()}&{request.content.decode()}"
        return httpx.Response(500) if f"category={category}" in asked else serving(LUMP.with_(CALCIUM))(request)

    return answer


async def test_a_source_is_known_when_all_of_its_parts_are(tmp_path: Path) -> None:
    """The parts that came are used: a calcium is not lost because the vital signs were not to be had."""
    site = Site(tmp_path, "epic")

    some, _ = await site.asking(LUMP, server=_failing("vital-signs"))
    none, _ = await site.asking(LUMP, server=_failing("encounter-diagnosis"))

    assert trace(some.json())["notAssessable"] == [{"source": "Observation", "reason": "server-error"}]
    assert next(site for site in trace(some.json())["sites"] if site["site"] == "bone")["outcome"] == "card"
    assert "Not checked:** symptoms, weights and laboratory values" in some.json()["cards"][0]["detail"]
    assert none.status_code == 412


async def test_a_resource_that_two_parts_hold_counts_once(tmp_path: Path) -> None:
    """A problem that is a health concern too."""
    lump = LUMP.with_(condition("N63.21", "2026-06-02", id="same"))

    response, _ = await Site(tmp_path, "epic").asking(lump)

    (card,) = response.json()["cards"]
    assert card["extension"]["org.recurrence-cds.assessment"]["evidence"] == ["Condition/r2", "Condition/same"]


async def test_no_hits_of_a_part_are_an_answer(tmp_path: Path) -> None:
    """A searchset of 0 whose only entry says so."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found"}]}
    entry = {"resource": outcome, "search": {"mode": "outcome"}}
    no_hits = {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": [entry]}
    keys = [query.key for query in profile_of("epic").queries["observations"]]
    prefetch = LUMP.prefetch(observations=LEFT_OUT, procedures=no_hits) | dict.fromkeys(keys, no_hits)

    answer = (await Site(tmp_path, "epic").post(call_of(prefetch))).json()

    assert topics(answer) == {"local": "warning"}
    assert "notAssessable" not in trace(answer)


async def test_discovery_is_the_same_for_everybody(tmp_path: Path) -> None:
    """A client that reads it is answered by what stands in it."""
    answer = await Site(tmp_path, "oracle-health").answer(LUMP)

    assert topics(answer) == topics((await answer_to(call_of(LUMP.prefetch()))).json())


def test_a_file_is_read_as_it_stands() -> None:
    """The mistakes below are each one change of it."""
    assert read_profile_file("t", GOOD).queries["conditions"][0].key == "conditions"


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('title = "T"', "", "title: Field required"),
        ('title = "T"', 'title = "T"\nother = 1', "other: Extra inputs"),
        ('cards = "merged"', 'cards = "two"', "cards: Input should be"),
        ("= 600", "= 599", "detail_length: Input should be greater"),
        ("= 600", "= 901", "detail_length: Input should be less"),
        ('= "any"', '= "all"', "selection_behavior: Input should be"),
        ("conditions = [", "problems = [", "problems is no source: write one of patient, conditions"),
        ('key = "conditions"', 'key = "problems"', "a lone query has the key conditions"),
        ('key = "conditions"', 'key = "Problems"', "String should match pattern"),
        ("Condition?patient", "Observation?patient", "conditions are of type Condition"),
        ("{{context.patientId}}", "{{context.userId}}", "with that token alone, once"),
        ("{{context.patientId}}", "{{context.patientId}}{{context.userId}}", "with that token alone, once"),
        ("&category=a,b", "&patient={{context.patientId}}", "with that token alone, once"),
        ("&category=a,b", "&category=a&category=b", "no name twice"),
        ("&category=a,b", "&category", "write each parameter as name=value"),
        ("Condition?patient={{context.patientId}}&category=a,b", "Condition/1/{{context.patientId}}", "a read is of"),
        ("[queries]", "[queries]\nconditions = 5", "is not valid TOML"),
    ],
)
def test_a_mistake_in_a_file_is_said(old: str, new: str, said: str) -> None:
    """By the name of the profile, the key and what to write."""
    assert GOOD.count(old) >= 1

    with pytest.raises(ValueError, match=r"^profile t") as raised:
        read_profile_file("t", GOOD.replace(old, new, 1))

    assert said in str(raised.value)


@pytest.mark.parametrize(
    "second, said",
    [
        ('key = "conditions"', "several have keys of their own"),
        ('key = "observations"', "several have keys of their own"),
        ('key = "first"', "first occurs twice"),
    ],
)
def test_queries_of_one_source_have_keys_that_are_no_sources(second: str, said: str) -> None:
    """Else a part would be taken for the whole."""
    query = '{ KEY, query = "Condition?patient={{context.patientId}}" }'
    first = 'key = "first"'
    both = f"[{query.replace('KEY', first)}, {query.replace('KEY', second)}]"
    text = f"{GOOD.partition('[queries]')[0]}[queries]\nconditions = {both}\n"

    with pytest.raises(ValueError, match=said):
        read_profile_file("t", text)


@pytest.mark.parametrize("profile, status", [("sandbox", 200), ("generic", 412)])
async def test_a_kind_of_ehr_that_hides_errors_gets_a_card_in_place_of_one(
    profile: str, status: int, tmp_path: Path
) -> None:
    """Unless the registry says otherwise for the client."""
    body, other = call_of({}), tmp_path / "other"
    other.mkdir()

    assert (await Site(tmp_path, profile).post(body)).status_code == status
    assert (await Site(other, profile, on_missing="412").post(body)).status_code == 412
