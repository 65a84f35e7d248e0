"""A launch from an EHR to the page: through a real authorization server, with the user's own token, nothing kept."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.responses import Response

from tests.builders import PATIENT, Chart, a_patient, condition
from tests.smart.authorization import SECRET
from tests.smart.ehr import Ehr
from tests.smart.launching import CALLBACK, FRAME, opening

pytestmark = pytest.mark.anyio


def a_chart() -> Chart:
    """Somebody with a treated breast cancer and a new headache on the clock's day."""
    named = a_patient(name=[{"given": ["Ada"], "family": "Canaryson"}])
    return named.with_history().with_(condition("R51.9", "2026-01-10"))


async def test_a_launch_ends_in_the_page_of_the_patient_in_context(tmp_path: Path) -> None:
    """Read with the token that the EHR gave for this launch."""
    async with opening(tmp_path, Ehr(a_chart(), CALLBACK)) as browser:
        page = await browser.returned()

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "Ada Canaryson" in page.text
    assert "Headache" in page.text
    assert "Condition/r2" in page.text


async def test_the_way_to_the_ehr_has_what_smart_and_pkce_ask(tmp_path: Path) -> None:
    """And nothing that would tell the code's owner how to use it."""
    async with opening(tmp_path, Ehr(a_chart(), CALLBACK)) as browser:
        launched = await browser.launch()
        query = parse_qs(urlsplit(launched.headers["location"]).query)

    assert query.keys() == {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "aud", "launch"),
        *("code_challenge", "code_challenge_method", "nonce"),
    }
    assert query["redirect_uri"] == [CALLBACK]
    assert query["aud"] == [browser.ehr.base]
    assert query["code_challenge_method"] == ["S256"]
    assert {"launch", "openid", "patient/Observation.rs"} <= set(query["scope"][0].split())


async def test_an_ehr_of_the_first_kind_of_scopes_is_asked_in_them(tmp_path: Path) -> None:
    """And one without id tokens is not asked who looks."""
    ehr = Ehr(a_chart(), CALLBACK, document={"capabilities": ["launch-ehr"]})
    async with opening(tmp_path, ehr) as browser:
        page = await browser.returned()

    assert page.status_code == 200
    assert "patient/Observation.read" in ehr.scopes
    assert "openid" not in ehr.scopes
    assert "/auth/keys" not in ehr.asked


async def test_a_site_may_say_its_own_scopes(tmp_path: Path) -> None:
    """As its EHR registered the app."""
    ehr = Ehr(a_chart(), CALLBACK)
    async with opening(tmp_path, ehr, smart={"scopes": "launch patient/*.read"}) as browser:
        await browser.returned()

    assert ehr.scopes == ["launch", "patient/*.read"]


async def test_a_confidential_client_shows_its_secret_to_the_token_endpoint_alone(tmp_path: Path) -> None:
    """The secret stands in a file beside the registry."""
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n", encoding="utf-8")
    ehr = Ehr(a_chart(), CALLBACK, secret=SECRET)
    async with opening(tmp_path, ehr, smart={"client_secret_file": "secret.txt"}) as browser:
        page = await browser.returned()

    assert page.status_code == 200


async def test_the_cookie_of_a_launch_is_sealed_short_lived_and_ends_with_it(tmp_path: Path) -> None:
    """No script reads it, it goes over https alone, and in no other site's frame than the one it was set in."""
    async with opening(tmp_path, Ehr(a_chart(), CALLBACK)) as browser:
        launched = await browser.launch()
        page = await browser.service.get(await browser.authorize(launched))

    cookie = launched.headers["set-cookie"]
    assert re.fullmatch(
        r"__Host-recurrence-cds-launch=[\w.-]+; Path=/; Max-Age=600; HttpOnly; SameSite=None; Secure; Partitioned",
        cookie,
    )
    assert page.headers["set-cookie"].startswith("__Host-recurrence-cds-launch=; Path=/; Max-Age=0;")


async def test_the_page_is_kept_nowhere_and_framed_by_the_ehr_alone(tmp_path: Path) -> None:
    """Nor does it load from elsewhere, or tell anybody where it was opened from."""
    async with opening(tmp_path, Ehr(a_chart(), CALLBACK)) as browser:
        page = await browser.returned()

    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert policy.endswith(f"frame-ancestors {FRAME}")
    assert "data-drop-query" in page.text
    assert not re.search(r"CANARY-token|code=|state=", page.text)


async def test_only_sources_that_the_rules_read_are_asked_for(tmp_path: Path) -> None:
    """One patient, each source once, after configuration, token and keys."""
    ehr = Ehr(a_chart(), CALLBACK)
    async with opening(tmp_path, ehr) as browser:
        await browser.returned()

    read = [path for path in ehr.asked if path.startswith("/fhir/r4/") and "well-known" not in path]
    assert len(read) == len(set(read)) == 12
    assert f"/fhir/r4/Patient/{PATIENT}" in read


async def test_the_rest_of_the_chart_may_be_late_and_that_is_said(tmp_path: Path) -> None:
    """A page with what was read, and the source that was not."""
    ehr = Ehr(a_chart(), CALLBACK)
    ehr.answers["/fhir/r4/Procedure"] = lambda: Response(status_code=500)
    async with opening(tmp_path, ehr) as browser:
        page = await browser.returned()

    assert page.status_code == 200
    assert "Procedures: error of the server" in page.text


async def test_the_page_is_in_the_language_of_the_client(tmp_path: Path) -> None:
    """Whatever the service's own is."""
    async with opening(tmp_path, Ehr(a_chart(), CALLBACK), entry={"language": "de"}) as browser:
        page = await browser.returned()

    assert '<html lang="de">' in page.text
    assert "Kopfschmerz" in page.text
    assert "Headache" not in page.text
