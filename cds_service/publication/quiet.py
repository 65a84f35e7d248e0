"""docs/quiet.md, quiet periods and their ends.

Numbers come from cards/quiet.toml, and the cases are the tested ones.
Tests: tests/docs/test_publications.py, tests/docs/test_quiet.py.
"""

import tomllib
from importlib.resources import files
from typing import Any

from cards.quiet_policy import default_policy, quiet_sheet
from cards.words import Language
from cds_service.evaluation.response import override_reasons
from cds_service.profiles.profile import profile_names, profile_of
from cds_service.publication.pages import template

OTHERWISE = "without a reason, or with one of the site's own"


def quiet_md() -> str:
    """Return the page."""
    displays = {reason["code"]: reason["display"] for reason in override_reasons(Language.ENGLISH)}
    cases = tomllib.loads((files("cards") / "quiet_cases.toml").read_text(encoding="utf-8-sig"))["cases"]
    return template("quiet.md").render(
        policy=default_policy(),
        sheet=quiet_sheet(),
        reasons=[(name, displays.get(name, OTHERWISE), term) for name, term in default_policy().terms.items()],
        cases=[(case["says"], _site(case), case["overrides"], case["looks"], case["outcome"]) for case in cases],
        profiles=[profile_of(name) for name in sorted(profile_names())],
    )


def _site(case: dict[str, Any]) -> str:
    """Return a case's changes to the file."""
    days = (f"{name} {count} days" for name, count in case.get("days", {}).items())
    said = (f"scope {case['scope']}" if "scope" in case else "", *days, case.get("zone", ""))
    return ", ".join(filter(None, said))
