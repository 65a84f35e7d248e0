"""What a replay says of the ruleset: the one that was in force then, and what differs with the one of a later day.

It must not test which versions are in force on a day: tests/rules/test_versions.py does.
It tests cds_service/cli/replay_view.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from rules.registry import RULESET
from rules.sheet import Former, sheet
from tests.builders import a_patient, call_of, condition
from tests.replay.replaying import DIFFERENT, SAME, archived
from tests.rules.test_versions import FIRST_DAY, LAST_DAY, a_second_version

pytestmark = pytest.mark.anyio

CALL = call_of(a_patient().with_history().with_(condition("R04.2", "2026-06-10")).prefetch())
LATER = ("--against", FIRST_DAY.isoformat())


async def test_nothing_differs_as_long_as_nothing_that_has_a_date_has_changed(tmp_path: Path) -> None:
    """Then the replayed answer is also the answer by the ruleset of the later day."""
    found = await (await archived(tmp_path, CALL)).replay(*LATER)

    *_, title, last = found.stdout.splitlines()
    assert title == f"With the ruleset of {FIRST_DAY.isoformat()} ({RULESET}):"
    assert last.endswith("the answer is the one of this replay.")


async def test_the_version_of_then_answers_and_that_there_is_another_by_now_is_said(tmp_path: Path) -> None:
    """With what it means for this call: its card rests on it."""
    archive = await archived(tmp_path, CALL)
    with a_second_version():
        text = await archive.replay(*LATER)
        found = await archive.found(*LATER)
        before = await archive.found("--against", LAST_DAY.isoformat())

    assert (text.exit_code, "The same, byte for byte: " in text.stdout) == (SAME, True)
    assert "  LUNG-3: 1.0.1 then, 2.0.0 now, behind a card of this call\n" in text.stdout
    assert "is not worked out" in text.stdout
    assert found["ruleset"]["changes"] == [{"what": "LUNG-3", "then": "1.0.1", "now": "2.0.0"}]
    assert before["ruleset"]["changes"] == []


@contextmanager
def _cough_lasts(days: int, *earlier: Former) -> Iterator[None]:
    """The number of days after which a cough lasts, with what it was before."""
    limits = sheet("evidence").limits
    assert isinstance(limits, dict)
    own = limits["persistent_cough_days"]
    limits["persistent_cough_days"] = replace(own, value=Decimal(days), earlier=earlier)
    try:
        yield
    finally:
        limits["persistent_cough_days"] = own


async def test_the_number_of_then_is_used_as_long_as_it_is_kept(tmp_path: Path) -> None:
    """A cough of 15 days had lasted; one whose number was overwritten without a date has not, and that shows."""
    cough = condition("R05.9", "2026-06-15", onsetDateTime="2026-05-31")
    with _cough_lasts(14):
        archive = await archived(tmp_path, call_of(a_patient().with_history().with_(cough).prefetch()))
    with _cough_lasts(21, Former(Decimal(14), LAST_DAY)):
        dated = await archive.found(*LATER)
    with _cough_lasts(21):
        overwritten = await archive.found(*LATER)

    change = {"what": "evidence.persistent_cough_days", "then": "14 d", "now": "21 d"}
    assert (dated["result"], dated["ruleset"]["changes"]) == ("same", [change])
    assert (overwritten["exit"], overwritten["ruleset"]["changes"]) == (DIFFERENT, [])
    assert {"where": "sites/lung/outcome", "then": "card", "now": "nothing-found"} in overwritten["differences"]


async def test_a_ruleset_that_only_got_another_name_changes_nothing_else(tmp_path: Path) -> None:
    """The answer names it, so its bytes can't be the same; that this is all is shown by the digest."""
    archive = await archived(tmp_path, CALL)
    body = (tmp_path / "answer.json").read_bytes().replace(RULESET.encode(), b"2026.10.3")
    other = await archive.kept_otherwise(body, ruleset="2026.10.3")
    text = await archive.replay(decision=other)

    assert text.exit_code == SAME
    assert "but for the version of the ruleset that the answer names" in text.stdout
    assert f"({RULESET}, 2026.10.3 then):" in text.stdout
    assert "Code lists, words and work-up keys have no dates" in text.stdout
