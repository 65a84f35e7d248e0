"""What an analyst types in is what the service asks, takes and sends, for every kind of EHR."""

import re
from pathlib import Path

import pytest

from cards.words import Language, english
from cds_service.clients.client import PROFILES
from cds_service.clients.registry import RegistryDefaults, load_registry
from cds_service.evaluation.response import override_reasons
from cds_service.fhir.chart.sources import SOURCES
from cds_service.hooks import HOOKS
from cds_service.profiles.profile import profile_of
from cds_service.publication.integration import integration_md

ROOT = Path(__file__).parents[2]
NAMES = sorted(PROFILES)
TERMS = RegistryDefaults(production=True, public_url=None, fhir_servers=(), on_missing="412")


def _text(name: str) -> str:
    return (ROOT / "docs" / "integrate" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_document_is_what_the_profile_makes(name: str) -> None:
    """Whoever changes a profile changes it in the same commit."""
    assert integration_md(name) == _text(name), "say `make docs`, and read the difference"


def test_there_is_a_document_for_every_profile_and_a_link_to_it() -> None:
    """And none for anything else."""
    assert {path.stem for path in (ROOT / "docs" / "integrate").iterdir()} == set(NAMES)
    overview = (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8")
    assert all(f"(integrate/{name}.md)" in overview for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_holds_all_that_is_typed_in(name: str) -> None:
    """Endpoints, keys with their queries, types that need a scope, topics, override reasons, work-up keys."""
    text, queries = _text(name), profile_of(name).queries

    for source in SOURCES:
        asked = queries.get(source.key, (source,))
        assert all(f"| `{query.key}` | `{query.template}` | {source.resource_type} |" in text for query in asked)
    assert all(f"/cds-services/{HOOKS[0].id}{end}`" in text for end in ("", "/feedback"))
    assert all(f"| `{reason['code']}` | {reason['display']} |" in text for reason in override_reasons(Language.ENGLISH))
    assert all(f"| `{key}` | {english().order(key)} | " in text for key in english().tables["order"])
    assert all(f"`{topic}`" in text for topic in ("local", "regionalnode", "brain", "bone", "liver", "lung"))
    assert f"at most {profile_of(name).form.detail_length} characters" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_table_for_the_registry_can_be_used_as_it_stands(name: str, tmp_path: Path) -> None:
    """Also in production; it names the profile."""
    found = re.search(r"```toml\n(.*?)```", _text(name), re.DOTALL)
    assert found is not None
    path = tmp_path / "clients.toml"
    path.write_text(found[1], encoding="utf-8")

    (client,) = load_registry(path, TERMS)

    assert (client.profile, client.on_missing) == (name, profile_of(name).file.on_missing)
    assert [code.is_fhir for code in client.orders["brain_mri"]] == [True]


def test_a_client_that_shows_errors_as_nothing_to_say_is_given_a_card() -> None:
    """The public sandbox."""
    assert 'on_missing = "card"' in _text("sandbox")


@pytest.mark.parametrize("name", ["epic", "oracle-health", "athenahealth"])
def test_what_is_said_of_a_vendor_has_its_mark(name: str) -> None:
    """And that nobody has checked it with the vendor."""
    known = _text(name).partition("## What is known of this client")[2].partition("## Endpoint")[0]

    assert "is to be checked with the vendor" in known
    assert len(re.findall(r"\*\*(?:vendor|2nd|none)\*\*", known)) > 5


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_document_leads_somewhere(name: str) -> None:
    """Files of the repository only."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", _text(name)):
        assert (ROOT / "docs" / "integrate" / target).exists()
