"""Launches that end in a calm page: refused, late, forged, about somebody else, or to a stranger."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.responses import RedirectResponse, Response

from tests.builders import Chart, a_patient, condition
from tests.smart.ehr import LEFT_OUT, Ehr
from tests.smart.launching import CALLBACK, FRAME, opening
from tests.tokens import NOW

pytestmark = pytest.mark.anyio
CONFIGURATION = "/fhir/r4/.well-known/smart-configuration"
TOKEN = "/auth/token"
OLD_S = 601


def an_ehr(**more: object) -> Ehr:
    """An EHR with a chart whose name must not be shown."""
    chart = a_patient(name=[{"family": "Canaryson"}]).with_history()
    return Ehr(**{"chart": chart, "redirect_uri": CALLBACK, **more})  # type: ignore[arg-type]


def assert_calm(page: httpx.Response, status: int, code: str) -> None:
    """A page with the code, an id and what to do; nothing of the patient."""
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<code>{code}</code>" in page.text
    assert re.search(r"<code>[0-9a-f-]{36}</code>", page.text)
    assert "open it again from the patient" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"].endswith(f"frame-ancestors {FRAME}")
    assert not re.search(r"Canaryson|CANARY|\bp1\b", page.text)


@pytest.mark.parametrize(
    "more, status, code",
    [
        ({"consents": False}, 403, "smart-refused"),
        ({"refuses_tokens": True}, 403, "smart-token"),
        ({"patient": "somebody-else"}, 412, "wrong-patient"),
        ({"patient": None}, 502, "smart-server"),
        ({"patient": "../Patient"}, 502, "smart-server"),
        ({"patient": 7}, 502, "smart-server"),
        ({"id_token": {"nonce": "another"}}, 502, "smart-server"),
        ({"id_token": {"aud": "another-app"}}, 502, "smart-server"),
        ({"id_token": {"iss": "https://stranger.example"}}, 502, "smart-server"),
        ({"id_token": {"exp": int(NOW) - 3600}}, 502, "smart-server"),
        ({"id_token": {"id_token": "left out"}}, 502, "smart-server"),
        ({"id_key": "second"}, 502, "smart-server"),
    ],
    ids=[
        *("consent", "expired", "other-patient", "no-patient", "path-as-patient", "number-as-patient"),
        *("nonce", "audience", "issuer", "old-id-token", "no-id-token", "signature"),
    ],
)
async def test_a_launch_that_goes_wrong_at_the_ehr_is_a_calm_page(
    tmp_path: Path, more: dict[str, object], status: int, code: str
) -> None:
    """Each with the code under which it is documented."""
    async with opening(tmp_path, an_ehr(**more)) as browser:
        assert_calm(await browser.returned(), status, code)


@pytest.mark.parametrize(
    "document",
    [
        {"token_endpoint": "https://stranger.example/token"},
        {"authorization_endpoint": "https://stranger.example/authorize"},
        {"jwks_uri": "https://stranger.example/keys"},
        {"token_endpoint": "http://ehr.example/auth/token"},
        {"token_endpoint": "https://ehr.example.stranger.example/token"},
        {"token_endpoint": "https://ehr.example@stranger.example/token"},
        {"token_endpoint": 7},
        {"authorization_endpoint": LEFT_OUT},
        {"code_challenge_methods_supported": ["plain"]},
    ],
    ids=["token", "authorization", "keys", "http", "longer-host", "user", "number", "missing", "no-pkce"],
)
async def test_an_ehr_that_points_elsewhere_gets_no_browser_and_no_code(
    tmp_path: Path, document: dict[str, object]
) -> None:
    """A token must not go to a stranger, whatever the configuration says."""
    ehr = an_ehr(document=document)
    async with opening(tmp_path, ehr) as browser:
        page = await browser.launch()

    assert_calm(page, 502, "smart-server")
    assert "set-cookie" not in page.headers
    assert ehr.asked == [CONFIGURATION]


async def test_an_authorization_server_elsewhere_is_one_that_the_registry_lists(tmp_path: Path) -> None:
    """Many EHRs have it on an origin of its own."""
    elsewhere = {"authorization_endpoint": "https://login.example/authorize"}
    async with opening(tmp_path, an_ehr(document=elsewhere), smart={"origins": ["https://login.example"]}) as browser:
        launched = await browser.launch()

    assert launched.headers["location"].startswith("https://login.example/authorize?")


@pytest.mark.parametrize(
    "path, answer, code, status",
    [
        (CONFIGURATION, lambda: Response(b" " * 70_000), "smart-server", 502),
        (CONFIGURATION, lambda: Response(b"<html>"), "smart-server", 502),
        (CONFIGURATION, lambda: Response(b"[]"), "smart-server", 502),
        (CONFIGURATION, lambda: Response(b'{"token_endpoint": "a", "token_endpoint": "b"}'), "smart-server", 502),
        (CONFIGURATION, lambda: RedirectResponse("https://stranger.example/"), "smart-server", 502),
        (CONFIGURATION, lambda: Response(status_code=500), "smart-server", 502),
    ],
    ids=["huge", "html", "list", "doubled", "redirect", "down"],
)
async def test_a_configuration_that_can_not_be_used_ends_the_launch(
    tmp_path: Path, path: str, answer: Callable[[], Response], code: str, status: int
) -> None:
    """Nothing is followed, nothing is guessed."""
    ehr = an_ehr(answers={path: answer})
    async with opening(tmp_path, ehr) as browser:
        assert_calm(await browser.launch(), status, code)


@pytest.mark.parametrize(
    "path, answer, status, code",
    [
        (TOKEN, lambda: Response(status_code=500), 502, "smart-server"),
        (TOKEN, lambda: Response(b"access_token=CANARY&token_type=bearer"), 502, "smart-server"),
        (TOKEN, lambda: Response(b"[]"), 403, "smart-token"),
        (TOKEN, lambda: Response(b'{"error": "invalid_grant"}'), 403, "smart-token"),
        (
            TOKEN,
            lambda: Response(b'{"access_token": "CANARY", "token_type": "mac", "patient": "p1"}'),
            403,
            "smart-token",
        ),
        (TOKEN, lambda: Response(b'{"access_token": "CAN ARY", "token_type": "bearer"}'), 403, "smart-token"),
        ("/fhir/r4/Patient/p1", lambda: Response(status_code=500), 412, "missing-data"),
        ("/fhir/r4/Condition", lambda: Response(status_code=404), 412, "missing-data"),
    ],
    ids=["down", "form", "list", "error", "other-kind", "no-token", "no-patient", "no-conditions"],
)
async def test_answers_on_the_way_that_can_not_be_used_end_the_launch(
    tmp_path: Path, path: str, answer: Callable[[], Response], status: int, code: str
) -> None:
    """At the token endpoint, or at the FHIR server."""
    ehr = an_ehr(answers={path: answer}, document={"capabilities": []})
    async with opening(tmp_path, ehr) as browser:
        assert_calm(await browser.returned(), status, code)


async def test_a_record_of_somebody_else_in_the_chart_shows_nothing(tmp_path: Path) -> None:
    """Also when the token is for the right patient."""
    chart = Chart(an_ehr().chart.resources).with_(condition("C50.412", subject={"reference": "Patient/other"}))
    async with opening(tmp_path, an_ehr(chart=chart)) as browser:
        assert_calm(await browser.returned(), 412, "wrong-patient")


@pytest.mark.parametrize(
    "iss",
    [
        "https://stranger.example/fhir/r4",
        "https://ehr.example",
        "https://ehr.example/fhir/r4/more",
        "https://ehr.example.stranger.example/fhir/r4",
        "https://ehr.example@stranger.example/fhir/r4",
        "http://ehr.example/fhir/r4",
        "https://ehr.example:8443/fhir/r4",
        "https://ehr.example/fhir/r4?x=1",
        "javascript:alert(1)",
        "none",
    ],
)
async def test_an_ehr_that_nobody_registered_is_asked_nothing(tmp_path: Path, iss: str) -> None:
    """The list is of exact bases: nothing shorter, longer or alike."""
    ehr = an_ehr()
    async with opening(tmp_path, ehr) as browser:
        page = await browser.launch(iss=iss)

    assert_calm(page, 400, "smart-unknown")
    assert ehr.asked == []


@pytest.mark.parametrize(
    "query",
    ["", "iss=https://ehr.example/fhir/r4", "launch=1", "iss=a&iss=b&launch=1", f"iss=a&launch={'x' * 5000}"],
    ids=["nothing", "no-launch", "no-iss", "two", "long"],
)
async def test_a_page_that_no_chart_opened_says_so(tmp_path: Path, query: str) -> None:
    """Both parameters, each once, none too long."""
    async with opening(tmp_path, an_ehr()) as browser:
        assert_calm(await browser.service.get(f"/smart/launch?{query}"), 400, "smart-launch")


async def test_an_answer_with_another_state_is_refused_before_the_code_is_used(tmp_path: Path) -> None:
    """Whoever sends a browser here with a code of his own gets nothing."""
    ehr = an_ehr()
    async with opening(tmp_path, ehr) as browser:
        page = await browser.returned(state="another")

    assert_calm(page, 400, "smart-state")
    assert TOKEN not in ehr.asked


async def test_an_answer_without_its_cookie_is_refused(tmp_path: Path) -> None:
    """In another browser, or in one that keeps none."""
    async with opening(tmp_path, an_ehr()) as browser:
        url = await browser.authorize(await browser.launch())
        browser.service.cookies.clear()

        assert_calm(await browser.service.get(url), 400, "smart-state")


@pytest.mark.parametrize("cookie", ["x", "a.b.c.d.e", "eyJhbGciOiJub25lIn0....", "x" * 5000])
async def test_a_forged_cookie_is_refused(tmp_path: Path, cookie: str) -> None:
    """Only what this service sealed is a launch of it."""
    async with opening(tmp_path, an_ehr()) as browser:
        url = await browser.authorize(await browser.launch())
        headers = {"cookie": f"__Host-recurrence-cds-launch={cookie}"}
        browser.service.cookies.clear()

        assert_calm(await browser.service.get(url, headers=headers), 400, "smart-state")


async def test_an_answer_that_took_too_long_is_refused(tmp_path: Path) -> None:
    """Ten minutes are enough to sign in; the cookie says when it began, whatever the browser kept."""
    async with opening(tmp_path, an_ehr()) as browser:
        url = await browser.authorize(await browser.launch())
        browser.clock.move(OLD_S)

        assert_calm(await browser.service.get(url), 400, "smart-state")


async def test_an_answer_is_good_once(tmp_path: Path) -> None:
    """A reload, and a copy with the cookie put back: the first has no launch any more, the second no code."""
    async with opening(tmp_path, an_ehr()) as browser:
        launched = await browser.launch()
        cookie = launched.headers["set-cookie"].partition(";")[0]
        url = await browser.authorize(launched)
        first = await browser.service.get(url)
        reloaded = await browser.service.get(url)
        replayed = await browser.service.get(url, headers={"cookie": cookie})

    assert first.status_code == 200
    assert_calm(reloaded, 400, "smart-state")
    assert_calm(replayed, 403, "smart-token")


async def test_a_stolen_code_is_worth_nothing_in_another_launch(tmp_path: Path) -> None:
    """The server holds each code to the verifier of its own launch: PKCE is enforced, not only sent."""
    ehr = an_ehr()
    async with opening(tmp_path, ehr) as browser:
        stolen = httpx.URL(await browser.authorize(await browser.launch())).params["code"]
        page = await browser.returned(code=stolen)

    assert_calm(page, 403, "smart-token")
    assert ehr.server.books.tokens == set()


async def test_a_worker_with_another_key_knows_nothing_of_the_launch(tmp_path: Path) -> None:
    """Which is why several workers share one."""
    ehr = an_ehr()
    async with opening(tmp_path, ehr) as one, opening(tmp_path, ehr) as other:
        url = await one.authorize(await one.launch())
        other.service.cookies.update(one.service.cookies)

        assert_calm(await other.service.get(url), 400, "smart-state")


async def test_nothing_of_a_launch_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No token, code, state, verifier, launch or patient, however it ends, by us or by a library of ours."""
    caplog.set_level("DEBUG")
    urls = []
    for more in ({}, {"refuses_tokens": True}, {"patient": "somebody-else"}, {"consents": False}):
        async with opening(tmp_path, an_ehr(**more)) as browser:
            urls.append(httpx.URL(await browser.authorize(await browser.launch())))
            await browser.service.get(urls[-1])
    theirs = ("authlib", "httpx", "asyncio")  # the EHR's library and the tests' own client
    lines = capsys.readouterr().err + "".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(theirs)
    )

    assert "smart-callback" in lines
    secrets = [value for url in urls for value in url.params.values() if value != "access_denied"]
    for secret in (*secrets, "CANARY", "Canaryson", "launch-42", "somebody-else", "eyJ"):
        assert secret not in lines
    assert not re.search(r"\bp1\b", lines)


async def test_a_refusal_is_in_the_language_of_the_client_or_else_of_the_service(tmp_path: Path) -> None:
    """An English client of a German service; who is nobody's client reads German."""
    ehr = an_ehr(consents=False)
    async with opening(tmp_path, ehr, entry={"language": "en"}, language="de") as browser:
        known = await browser.returned()
        stranger = await browser.launch(iss="https://elsewhere.example/fhir")

    assert '<html lang="en">' in known.text
    assert '<html lang="de">' in stranger.text
    assert "Dieses Kliniksystem ist für diese Seite nicht registriert." in stranger.text
