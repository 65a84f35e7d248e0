"""A run: which service is called, what is said when none can be, slow services, plain http, reports.

It must not break single requirements: test_broken_services.py does.
It tests cds_service/conformance/run.py, report.py, text.py and the checks of transport.
"""

import json
from io import StringIO

import pytest
from rich.console import Console

from cds_service.conformance.checks import transport
from cds_service.conformance.model import NotChecked, Outcome, Right, Wrong
from cds_service.conformance.record import Ask, Exchange, Record
from cds_service.conformance.registry import CHECKS
from cds_service.conformance.report import as_json, show
from cds_service.conformance.run import Unreachable, base_of
from cds_service.conformance.text import plain, quoted
from tests.conformance.good_service import ID, Answer, GoodService, entry, refusal
from tests.conformance.running import BASE, report_on, result_of, unkept

pytestmark = pytest.mark.anyio
OTHER = {"hook": "order-sign", "description": "Signs.", "id": "signing", "title": "Signing", "version": "2.0.1"}


def _listing(*services: object) -> GoodService:
    return GoodService(discovery=lambda _document: {"services": list(services)})


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/x",
        "https://a.example/x/",
        "https://A.example/x/cds-services",
        "https://a.example:443/x/cds-services//",
    ],
)
def test_the_base_is_found_with_or_without_the_discovery_path(url: str) -> None:
    """People paste either."""
    assert base_of(url) == "https://a.example/x"


@pytest.mark.parametrize("url", ["", "a.example", "ftp://a.example", "https://u:p@a.example", "https://a.example/?x=1"])
def test_what_is_no_base_is_refused(url: str) -> None:
    """With what would do."""
    with pytest.raises(Unreachable, match="Give the base URL"):
        base_of(url)


async def test_a_service_for_another_hook_is_checked_in_discovery_only() -> None:
    """The rest is not checked, and says why."""
    report = await report_on(_listing(OTHER))

    assert unkept(report) == {}
    assert (report.service, report.hook) == ("signing", "order-sign")
    assert result_of(report, "D13").outcome is Outcome.PASS
    assert result_of(report, "S01").outcome is Outcome.NOT_CHECKED
    assert result_of(report, "S01").seen == "only services for patient-view are called; this one is for order-sign"
    checked = {r.check.id for r in report.results if r.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)}
    assert {name[0] for name in checked} <= {"D", "T", "Z", "C"}


async def test_the_first_service_for_our_hook_is_called_unless_another_is_named() -> None:
    """Discovery is judged as a whole either way."""
    service = _listing(OTHER, entry())

    assert (await report_on(service)).service == ID
    assert (await report_on(service, service="signing")).service == "signing"


async def test_a_service_that_is_not_listed_is_not_looked_for() -> None:
    """The message lists those there are."""
    with pytest.raises(Unreachable, match=r"lists no service nobody\. It lists: good\."):
        await report_on(GoodService(), service="nobody")


async def test_an_empty_list_of_services_is_right_and_leaves_nothing_to_call() -> None:
    """Row 10 allows it."""
    report = await report_on(_listing())

    assert unkept(report) == {}
    assert result_of(report, "D01").outcome is Outcome.PASS
    assert result_of(report, "D03").outcome is Outcome.NOT_APPLICABLE
    assert result_of(report, "S01").seen == "discovery lists no service that could be called"


async def test_an_id_that_is_no_text_leaves_nothing_to_call() -> None:
    """It would have no path."""
    report = await report_on(_listing({**entry(), "id": 7}))

    assert list(unkept(report)) == ["D03"]
    assert "no id under which it could be called" in result_of(report, "S01").seen


async def test_what_is_listed_but_no_object_is_wrong() -> None:
    """Also beside a good one."""
    report = await report_on(_listing(entry(), "good"))

    assert unkept(report) == {"D01": 'services holds "good"'}


async def test_a_service_that_wants_authentication_is_not_reached_without() -> None:
    """Discovery is authenticated like every call."""
    with pytest.raises(Unreachable, match=r"401\. Give a token with --token-file\."):
        await report_on(GoodService(token="a.b.c"))


async def test_a_service_that_wants_authentication_for_calls_only_is_not_judged_by_its_refusals() -> None:
    """Every check of a call says what to do."""
    service = GoodService(answer=lambda r, a: a if r.path == "/cds-services" or r.method == "OPTIONS" else refusal(401))

    report = await report_on(service)

    assert list(unkept(report)) == []
    assert result_of(report, "S01").seen == "the ordinary call was answered 401: give a token with --token-file"
    assert result_of(report, "J02").outcome is Outcome.PASS


async def test_a_service_that_needs_more_than_our_patient_is_not_judged_by_its_412() -> None:
    """The user is asked for a patient."""
    report = await report_on(
        GoodService(answer=lambda r, a: refusal(412) if r.path.endswith(ID) and a.status == 200 else a)
    )

    assert unkept(report) == {}
    assert "--patient" in result_of(report, "S01").seen
    assert result_of(report, "C03").outcome is Outcome.NOT_CHECKED


async def test_a_service_that_never_has_a_card_is_not_judged_by_cards() -> None:
    """The user is asked for a patient who gets one."""
    report = await report_on(GoodService(response=lambda _one: {"cards": []}))

    assert unkept(report) == {}
    assert result_of(report, "C03").seen == "no card was seen: give a patient who gets one with --patient"
    assert result_of(report, "C23.extension").outcome is Outcome.PASS


async def test_a_service_without_feedback_and_templates_is_right() -> None:
    """Both are optional."""
    bare = {name: value for name, value in entry().items() if name != "prefetch"}
    service = GoodService(
        discovery=lambda _document: {"services": [bare]},
        answer=lambda r, a: refusal(404) if r.path.endswith("/feedback") else _always(r.path, a),
    )

    report = await report_on(service)

    assert unkept(report) == {}
    for check in ("B01", "X03", "S03", "S10"):
        assert result_of(report, check).outcome is Outcome.NOT_APPLICABLE


def _always(path: str, answer: Answer) -> Answer:
    return Answer(200, {"cards": []}) if path.endswith(ID) and answer.status == 412 else answer


async def test_plain_http_off_this_machine_is_a_failure() -> None:
    """On the wire everybody could read the chart."""
    assert list(unkept(await report_on(GoodService(), url="http://service.example"))) == ["T01"]
    assert result_of(await report_on(GoodService(), url="https://service.example"), "T01").outcome is Outcome.PASS


@pytest.mark.parametrize(
    "milliseconds, finding",
    [
        ((10, 20, 900), Right("median of 3 calls 20 ms")),
        ((10, 501, 502), Wrong("median of 3 calls 501 ms")),
        ((), NotChecked("no ordinary call was answered 200")),
    ],
)
def test_the_median_call_decides_whether_a_service_is_quick(milliseconds: tuple[int, ...], finding: object) -> None:
    """One slow call is an accident."""
    calls = {f"call.timed-{n}": Exchange(Ask("POST", "/"), 200, milliseconds=ms) for n, ms in enumerate(milliseconds)}

    assert transport.quick(Record(BASE, calls)) == finding


async def test_the_report_for_programs_says_everything_about_every_check() -> None:
    """And can be kept as it is."""
    report = as_json(await report_on(GoodService(card=lambda card: {**card, "indicator": "hard-stop"})))

    assert report["url"] == BASE
    assert (report["service"], report["hook"], report["counts"]["fail"]) == (ID, "patient-view", 1)
    (failed,) = [check for check in report["checks"] if check["outcome"] == "fail"]
    assert failed == {
        "id": "C04",
        "group": "cards",
        "rows": [4, 59],
        "level": "SHALL",
        "versions": ["1.0", "2.0", "3.0b"],
        "requirement": "The indicator is info, warning or critical.",
        "outcome": "fail",
        "seen": failed["seen"],
    }
    assert failed["seen"].startswith('call.provoking cards[0].indicator is "hard-stop"; ')
    assert len(json.loads(json.dumps(report))["checks"]) == len(CHECKS)


async def test_the_report_for_people_shows_every_group_and_counts() -> None:
    """What a stranger's service wrote is shown as text."""
    report = await report_on(GoodService(card=lambda card: {**card, "[red]\x1b[31m": 1}))
    terminal = StringIO()

    show(report, Console(file=terminal, width=160))

    shown = terminal.getvalue()
    for word in ("TRANSPORT", "DISCOVERY", "CALL", "CARDS", "FEEDBACK", "TRUST", "CORS", "1 fail", "0 warn"):
        assert word in shown
    assert "cards[0].[red]·[31m is no element of the standard" in shown
    assert "\x1b" not in shown


async def test_a_token_that_a_service_repeats_is_not_shown() -> None:
    """Reports are passed around."""
    service = GoodService(token="secret.to.ken", card=lambda card: {**card, "indicator": "secret.to.ken"})

    report = await report_on(service, tokens=("secret.to.ken",))

    assert "secret.to.ken" not in json.dumps(as_json(report))
    assert "(token)" in result_of(report, "C04").seen


def test_what_is_shown_is_short_and_on_one_line() -> None:
    """Whatever a service sends."""
    assert plain("a\nb\x1b[0m\u202ec") == "a·b·[0m·c"
    assert len(plain("x" * 1000)) == 300
    assert quoted({"a": "x" * 100}).endswith("…")
