"""`evaluate --explain` and the trace of the response say the same: they are made of one assessment."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cds_service.cli.main import app
from cds_service.evaluation.trace import EXTENSION
from tests.evaluating import CASES
from tests.vignettes import bundle_of, resources

TABLE = [name for name in CASES if name.startswith("V")]


def _evaluated(name: str, *options: str) -> str:
    case = CASES[name]
    arguments = ["evaluate", "-", "--explain", "--as-of", case.as_of.isoformat(), *options]
    done = CliRunner().invoke(app, arguments, input=json.dumps(bundle_of(resources(case), "collection")))
    assert done.exit_code == 0, done.output
    return done.stdout


def _traced(answer: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Version and outcome of each rule, and its site, as the response's extension has them."""
    sites = answer["extension"][EXTENSION]["sites"]
    return {rule["id"]: (rule["version"], rule["outcome"], site["site"]) for site in sites for rule in site["rules"]}


@pytest.mark.sweep
@pytest.mark.parametrize("name", TABLE)
def test_the_explanation_and_the_trace_agree(name: str) -> None:
    """Rule by rule: version, outcome and site."""
    answer = json.loads(_evaluated(name, "--json"))
    explained = {rule["id"]: (rule["version"], rule["outcome"], rule["site"]) for rule in answer["rules"]}

    assert explained == _traced(answer)


@pytest.mark.sweep
@pytest.mark.parametrize("name", TABLE)
def test_a_rule_that_is_silent_says_why(name: str) -> None:
    """In a site without a card each rule has a reason, and that of the site stands in the trace."""
    answer = json.loads(_evaluated(name, "--json"))
    silent = {site["site"]: site["outcome"] for site in answer["extension"][EXTENSION]["sites"]}
    reasons = {rule["id"]: rule["why"] for rule in answer["rules"] if silent[rule["site"]] != "card"}

    assert all(reasons.values()), reasons


def test_a_finding_that_is_explained_away_names_what_explains_it() -> None:
    """For those who ask why there is no card."""
    assert "LIVER-2 1.0.0  not-fired: explained by a GLP-1 agonist" in _evaluated("V071")
