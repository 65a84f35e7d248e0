"""What is evaluated and recorded and not shown: a whole client, or single rules of it."""

import asyncio
from pathlib import Path

import httpx
import pytest

from cds_service.fhir.chart.concurrent_fetch import SLOW_AFTER_S
from rules.registry import RULES
from tests.builders import (
    EXTENSION,
    LEFT_OUT,
    Resource,
    a_patient,
    call_of,
    condition,
    outcome_of,
    serving,
    topics,
    trace,
)
from tests.service.kept_overrides import BELA, Kept, raised
from tests.service.registered import a_site

pytestmark = pytest.mark.anyio
HISTORY = a_patient().with_history()
LUMP = HISTORY.with_lump()


def _marked(answer: Resource) -> list[str]:
    return [each["site"] for each in trace(answer)["sites"] if each.get("shadow")]


def _fired(answer: Resource, site: str) -> dict[str, bool]:
    """Each rule of a site that fired, and whether it is in shadow."""
    (found,) = (each for each in trace(answer)["sites"] if each["site"] == site)
    return {rule["id"]: rule.get("shadow", False) for rule in found["rules"] if rule["outcome"] == "fired"}


async def test_a_client_in_shadow_is_evaluated_and_shown_nothing(tmp_path: Path) -> None:
    """The trace has all of it: silence of this kind is not "nothing found"."""
    shown, hidden = [await a_site(tmp_path, shadow=shadow).answer(LUMP) for shadow in (False, True)]

    assert topics(shown) == {"local": "warning"}
    assert hidden["cards"] == []
    assert outcome_of(hidden, "local") == "card"
    assert _marked(hidden) == ["local"]
    without = [{k: v for k, v in each.items() if k != "shadow"} for each in trace(hidden)["sites"]]
    assert without == trace(shown)["sites"]


@pytest.mark.parametrize("left_out", [("observations",), ("observations", "conditions")])
async def test_in_shadow_what_could_not_be_checked_is_said_in_the_trace_alone(
    left_out: tuple[str, ...], tmp_path: Path
) -> None:
    """For a source, and for a chart that could not be read at all."""
    site = a_site(tmp_path, shadow=True, on_missing="card")

    answer = await site.answer(HISTORY, **dict.fromkeys(left_out, LEFT_OUT))

    assert answer["cards"] == []
    assert trace(answer)["incomplete"] == {"shadow": True}
    assert {"source": "Observation", "reason": "not-fetched"} in trace(answer)["notAssessable"]


async def test_in_shadow_a_chart_without_the_patient_is_refused_as_ever(tmp_path: Path) -> None:
    """An error is no card."""
    assert (await a_site(tmp_path, shadow=True).post(call_of({}))).status_code == 412


async def test_in_shadow_nobody_could_have_overridden_a_card(tmp_path: Path) -> None:
    """The store isn't asked."""
    site = a_site(tmp_path, shadow=True)
    site.kept = kept = Kept()
    kept.override(raised(LUMP), BELA, "not-now", client="north")

    answer = await site.answer(LUMP)

    assert (_marked(answer), kept.asked) == (["local"], [])


async def test_a_card_of_rules_in_shadow_alone_is_not_shown(tmp_path: Path) -> None:
    """The site is marked, and so is each such rule, whatever it said."""
    (rule,) = _fired(await a_site(tmp_path).answer(LUMP), "local")

    answer = await a_site(tmp_path, shadow_rules=[rule, "BONE-3"]).answer(LUMP)

    assert answer["cards"] == []
    assert (outcome_of(answer, "local"), _marked(answer)) == ("card", ["local"])
    assert _fired(answer, "local") == {rule: True}
    marked = {r["id"] for site in trace(answer)["sites"] for r in site["rules"] if r.get("shadow")}
    assert marked == {rule, "BONE-3"}


async def test_a_card_is_made_of_the_rules_that_are_not_in_shadow(tmp_path: Path) -> None:
    """Back pain with urinary retention is critical by BONE-5; without it the pain is left, with its own work-up."""
    chart = HISTORY.with_(condition("M54.50", "2026-06-10"), condition("R33.9", "2026-06-12"))
    whole = await a_site(tmp_path).answer(chart)

    answer = await a_site(tmp_path, shadow_rules=["BONE-5"]).answer(chart)

    (card,) = answer["cards"]
    assert (topics(whole), topics(answer)) == ({"bone": "critical"}, {"bone": "info"})
    assert [rule["id"] for rule in card["extension"][EXTENSION]["rules"]] == ["BONE-2"]
    assert card["extension"][EXTENSION]["evidence"] == ["Condition/r2"]
    assert [each["actions"][0]["resource"]["priority"] for each in card["suggestions"]] == ["routine"]
    assert _marked(answer) == []
    assert _fired(answer, "bone") == {"BONE-2": False, "BONE-5": True}


async def test_what_a_rule_in_shadow_could_not_check_asks_for_no_card(tmp_path: Path) -> None:
    """All rules in shadow, observations unknown: the trace says what would have been said."""
    every = sorted({rule.id for rule in RULES})

    answer = await a_site(tmp_path, shadow_rules=every).answer(HISTORY, observations=LEFT_OUT)

    assert answer["cards"] == []
    assert trace(answer)["incomplete"] == {"shadow": True}


async def test_a_client_in_shadow_has_every_site_marked_also_those_of_rules_in_shadow(tmp_path: Path) -> None:
    """Both at once: the trace of the whole client is complete."""
    (rule,) = _fired(await a_site(tmp_path).answer(LUMP), "local")

    answer = await a_site(tmp_path, shadow=True, shadow_rules=[rule]).answer(LUMP)

    assert (answer["cards"], _marked(answer), _fired(answer, "local")) == ([], ["local"], {rule: True})


async def test_rules_in_shadow_that_say_nothing_change_no_card(tmp_path: Path) -> None:
    """Only the marks in the trace."""
    plain, marked = [await a_site(tmp_path, shadow_rules=rules).answer(LUMP) for rules in ([], ["BONE-3"])]

    assert plain["cards"] == marked["cards"]
    assert _marked(marked) == []


async def test_an_override_of_the_card_that_is_left_holds_beside_rules_in_shadow(tmp_path: Path) -> None:
    """Quiet and shadow stand in one trace."""
    both = LUMP.with_(condition("R06.02", "2026-06-14"))
    (rule,) = _fired(await a_site(tmp_path).answer(both), "lung")
    site = a_site(tmp_path, shadow_rules=[rule])
    site.kept = kept = Kept()
    kept.override((each for each in raised(both) if each.topic == "local"), BELA, "not-now", client="north")

    answer = await site.answer(both)

    assert (answer["cards"], _marked(answer)) == ([], ["lung"])
    assert [each["site"] for each in trace(answer)["sites"] if "quiet" in each] == ["local"]


@pytest.mark.parametrize("shadow, late", [([], {"ServiceRequest"}), (["BONE-4", "BONE-5"], set())])
async def test_nobody_is_hurried_by_a_critical_card_that_is_not_shown(
    shadow: list[str], late: set[str], tmp_path: Path
) -> None:
    """The one that is shown waits for the orders, as long as the budget lasts."""
    chart = HISTORY.with_(condition("M54.50", "2026-06-10"), condition("R33.9", "2026-06-12"))
    answering = serving(chart)

    async def server(request: httpx.Request) -> httpx.Response:
        if "/ServiceRequest" in request.url.path:
            await asyncio.sleep(2 * SLOW_AFTER_S)
        return answering(request)

    response, _ = await a_site(tmp_path, shadow_rules=shadow).asking(chart, server=server)

    assert {each["source"] for each in trace(response.json()).get("notAssessable", ())} == late
