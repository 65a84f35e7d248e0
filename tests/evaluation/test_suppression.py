"""Overridden cards through the whole service: who is shown what, what the trace says, what brings a card back."""

import json
from pathlib import Path

import pytest

from cds_service.evaluation.suppression import UnknownChart
from rules.facts import Gap
from rules.outcome import Missing
from tests.builders import (
    EXTENSION,
    LEFT_OUT,
    PATIENT,
    URL,
    Chart,
    Resource,
    a_patient,
    call_of,
    condition,
    outcome_of,
    topics,
    trace,
)
from tests.service.kept_overrides import ANNA, BELA, CLARA, Kept, knowing, raised, seen_by, until
from tests.service.registered import a_site

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
LUMP = HISTORY.with_lump()
LATER = LUMP.with_(condition("N64.52", "2026-06-14"))
"""The lump, and a nipple discharge that somebody recorded since."""
SEIZURE = HISTORY.with_(condition("R56.9", "2026-06-14"))


def _site(answer: Resource, site: str) -> Resource:
    found: Resource = next(each for each in trace(answer)["sites"] if each["site"] == site)
    return found


def _kept(chart: Chart, user: str | None = ANNA, reason: str | None = "not-now", days: int = 0) -> Kept:
    kept = Kept()
    kept.override(raised(chart), user, reason, days=days)
    return kept


async def test_without_anything_kept_every_card_is_shown() -> None:
    """No store, and a store without an override: the same bytes."""
    answers = [await seen_by(kept, ANNA, LUMP) for kept in (None, Kept())]

    assert topics(answers[0]) == {"local": "warning"}
    assert answers[0] == answers[1]


@pytest.mark.parametrize("reason", ["already-worked-up", "explained-otherwise", "patient-declines", "not-now"])
async def test_an_overridden_card_is_quiet_and_the_trace_says_until_when_and_why(reason: str) -> None:
    """The site's outcome stays what it is: there is a card, and it isn't shown."""
    answer = await seen_by(_kept(LUMP, reason=reason), BELA, LUMP)

    assert answer["cards"] == []
    assert outcome_of(answer, "local") == "card"
    assert _site(answer, "local")["quiet"] == until(reason)
    assert [each["site"] for each in trace(answer)["sites"] if "quiet" in each] == ["local"]


async def test_a_reason_that_is_not_ours_does_not_reach_the_trace() -> None:
    """It may be anybody's words."""
    answer = await seen_by(_kept(LUMP, reason="said-by-Jane-Doe"), ANNA, LUMP)

    assert _site(answer, "local")["quiet"] == until("other")


async def test_two_override_and_a_third_brings_new_evidence() -> None:
    """The card comes back at once for all three, and is quiet again when it was overridden with the new evidence."""
    kept = _kept(LUMP, ANNA, "already-worked-up", days=3)
    kept.override(raised(LUMP), BELA, "explained-otherwise", days=2)
    assert topics(await seen_by(kept, CLARA, LUMP)) == {}

    assert {str(topics(await seen_by(kept, user, LATER))) for user in (ANNA, BELA, CLARA)} == {"{'local': 'warning'}"}

    kept.override(raised(LATER), CLARA, "not-now")
    assert _site(await seen_by(kept, ANNA, LATER), "local")["quiet"] == until("not-now")


@pytest.mark.parametrize(
    "change",
    [
        {"severity": {"coding": [{"system": "http://snomed.info/sct", "code": "24484000"}]}},
        {"onsetDateTime": "2026-05-01"},
        {"note": [{"text": "larger than last week"}]},
        {"recordedDate": "2026-06-14"},
    ],
)
async def test_the_same_record_with_another_content_brings_the_card_back(change: Resource) -> None:
    """A reference alone would not tell."""
    changed = HISTORY.with_({**condition("N63.21"), **change})

    assert topics(await seen_by(_kept(LUMP), ANNA, changed))


async def test_what_is_no_evidence_does_not_bring_a_card_back() -> None:
    """Another complaint of another site gets its own card, the lump stays quiet."""
    answer = await seen_by(_kept(LUMP), ANNA, LUMP.with_(condition("R06.02", "2026-06-14")))

    assert topics(answer) == {"lung": "warning"}
    assert _site(answer, "local")["quiet"] == until("not-now")


@pytest.mark.parametrize("user, shown", [(ANNA, {}), (BELA, {"brain": "critical"}), (None, {"brain": "critical"})])
async def test_a_critical_card_is_quiet_only_for_the_user_who_overrode_it(
    user: str | None, shown: dict[str, str]
) -> None:
    """To the end of the day, for this reason."""
    answer = await seen_by(_kept(SEIZURE), user, SEIZURE)

    assert topics(answer) == shown
    assert ("quiet" in _site(answer, "brain")) is (not shown)


@pytest.mark.parametrize("user", ["", "anna", "Practitioner/", "Practitioner/a/b", f"Practitioner/{'x' * 65}", 7, None])
async def test_whoever_can_not_be_known_again_is_shown_a_critical_card(user: object) -> None:
    """Also when the same text came with the override."""
    kept = _kept(SEIZURE, str(user))

    assert topics(await seen_by(kept, user, SEIZURE)) == {"brain": "critical"}


async def test_what_could_not_be_checked_is_quiet_until_something_else_can_not_be() -> None:
    """The trace still names what was not seen."""
    gone = {"observations": {"resourceType": "OperationOutcome", "issue": []}}
    kept = Kept()
    (reason,) = {item["reason"] for item in trace(await seen_by(None, ANNA, HISTORY, **gone))["notAssessable"]}
    kept.override(raised(HISTORY, Gap("Observation", reason)), ANNA, "not-now")

    quiet = await seen_by(kept, BELA, HISTORY, **gone)
    other = await seen_by(kept, BELA, HISTORY, observations=LEFT_OUT)

    assert (topics(quiet), trace(quiet)["incomplete"]) == ({}, {"quiet": until("not-now")})
    assert trace(quiet)["notAssessable"] == [{"source": "Observation", "reason": reason}]
    assert (topics(other), "incomplete" in trace(other)) == ({"incomplete": "info"}, False)


async def test_a_chart_that_could_not_be_read_at_all_is_new_beside_a_source_that_could_not() -> None:
    """Whoever overrode missing observations has not seen that the conditions are missing too."""
    kept = Kept()
    kept.override(raised(HISTORY, Gap("Observation", "not-fetched")), ANNA, "not-now")
    whole = {"conditions": LEFT_OUT, "observations": LEFT_OUT, "on_missing": "card"}
    shown = await seen_by(kept, ANNA, HISTORY, **whole)
    missing = tuple(Missing(each["source"], each["reason"]) for each in trace(shown)["notAssessable"])
    kept.override(UnknownChart(missing).concerns, ANNA, "not-now")

    quiet = await seen_by(kept, ANNA, HISTORY, **whole)

    assert topics(shown) == {"incomplete": "info"}
    assert (quiet["cards"], trace(quiet)["incomplete"]) == ([], {"quiet": until("not-now")})
    assert trace(quiet)["notAssessable"] == trace(shown)["notAssessable"]


async def test_the_store_is_asked_only_where_there_is_a_card() -> None:
    """Most charts have none."""
    kept = Kept()
    for chart in (a_patient().with_lump(), HISTORY, LUMP):
        await seen_by(kept, ANNA, chart)

    assert kept.asked == [("anonymous", PATIENT)]


async def test_the_same_call_and_the_same_overrides_give_the_same_bytes() -> None:
    """In whatever order the store gives them."""
    kept = _kept(LUMP, ANNA, "already-worked-up")
    kept.override(raised(SEIZURE), BELA, "not-now")
    body = json.dumps(call_of(LUMP.prefetch())).encode()
    async with knowing(kept) as client:
        first = (await client.post(URL, content=body)).content
        kept.found["anonymous", PATIENT].reverse()
        second = (await client.post(URL, content=body)).content

    assert first == second
    assert b'"quiet"' in first


async def test_the_sites_that_are_not_quiet_make_the_one_card(tmp_path: Path) -> None:
    """Of a kind of EHR that gets one card in all; no order and no evidence of the quiet site is on it."""
    both = LUMP.with_(condition("R06.02", "2026-06-14"), condition("R51.9", "2026-06-14"))
    whole = await a_site(tmp_path, "oracle-health").answer(both)
    site = a_site(tmp_path, "oracle-health")
    site.kept = kept = Kept()
    kept.override((each for each in raised(both) if each.topic == "lung"), BELA, "not-now", client="north")

    answer = await site.answer(both)

    (card,), (before,) = answer["cards"], whole["cards"]
    assert "Lung" in before["detail"]
    assert "Lung" not in card["detail"]
    assert set(card["extension"][EXTENSION]["evidence"]) == {"Condition/r2", "Condition/r4"}
    assert _site(answer, "lung")["quiet"] == until("not-now")


async def test_an_override_of_the_one_card_answers_every_site_on_it(tmp_path: Path) -> None:
    """New evidence of one site brings that one back alone."""
    both = LUMP.with_(condition("R51.9", "2026-06-14"))
    site = a_site(tmp_path, "oracle-health")
    site.kept = kept = Kept()
    kept.override(raised(both), BELA, "not-now", client="north")

    assert topics(await site.answer(both)) == {}
    assert topics(await site.answer(both.with_(condition("N64.52", "2026-06-14")))) == {"local": "warning"}


async def test_what_was_not_checked_is_left_out_of_the_one_card_while_it_is_quiet(tmp_path: Path) -> None:
    """The trace has it."""
    both = LUMP.with_(condition("R51.9", "2026-06-14"))
    prefetch = both.prefetch(observations=LEFT_OUT)
    site = a_site(tmp_path, "oracle-health")
    site.kept = kept = Kept()
    (before,) = (await site.post(call_of(prefetch))).json()["cards"]
    kept.override(
        (each for each in raised(both, Gap("Observation", "not-fetched")) if each.topic == "incomplete"),
        BELA,
        "not-now",
        client="north",
    )

    answer = (await site.post(call_of(prefetch))).json()

    assert "Not checked" in before["detail"]
    assert "Not checked" not in answer["cards"][0]["detail"]
    assert trace(answer)["incomplete"] == {"quiet": until("not-now")}


async def test_overrides_of_another_client_are_not_looked_at(tmp_path: Path) -> None:
    """Patients of two clients may have the same id."""
    site = a_site(tmp_path)
    site.kept = kept = _kept(LUMP)

    assert topics(await site.answer(LUMP)) == {"local": "warning"}
    assert kept.asked == [("north", PATIENT)]


@pytest.mark.parametrize(
    "profile, quiet, shown",
    [
        ("generic", {}, False),
        ("generic", {"on": False}, True),
        ("generic", {"scope": "user"}, True),
        ("generic", {"days": {"not-now": 0}}, True),
        ("generic", {"days": {"not-now": 1}}, False),
        ("epic", {}, True),
        ("epic", {"on": True}, False),
        ("epic", {"scope": "everybody"}, True),
    ],
)
async def test_a_site_says_whether_for_whom_and_how_long_and_an_ehr_that_remembers_is_left_to_itself(
    profile: str, quiet: Resource, tmp_path: Path, *, shown: bool
) -> None:
    """Two memories would add up: the EHR's and ours."""
    site = a_site(tmp_path, profile, **({"quiet": quiet} if quiet else {}))
    site.kept = kept = Kept()
    kept.override(raised(LUMP), ANNA, "not-now", client="north")

    assert bool(topics(await site.answer(LUMP))) is shown
