"""Recorded answers: the service answers every case with the same bytes as when `make recorded` was last run."""

import random
from collections.abc import Mapping, Sequence

import pytest

from tests.evaluating import CASES
from tests.service.recorded_answers import COLUMNS, MODES, PREFETCH, RECORD, Digests, kept, recorded, written

SHARED = "V"
"""First letter of the vignettes' ids."""
SEED = "recorded answers"
TENTH = random.Random(SEED).sample(sorted(CASES), len(CASES) // 10)
VIGNETTES = tuple(case for case in CASES if case.startswith(SHARED))
QUICK: Mapping[str, Sequence[str]] = {**dict.fromkeys(MODES, TENTH), PREFETCH: sorted({*TENTH, *VIGNETTES})}
"""Cases by mode: a tenth of all, and by prefetch every vignette as well."""
MAX_BYTES = 400_000
MOST_LISTED = 100
ADVICE = "a refactoring must change none; where a change is meant, say `make recorded` in the same commit"


def differences(before: Mapping[str, Digests], now: Mapping[str, Digests]) -> list[str]:
    """Cases with the modes and languages of the answers that changed."""
    changed = {
        case: [name for name, digest in digests.items() if before.get(case, {}).get(name) != digest]
        for case, digests in now.items()
    }
    return [f"{case}: {' '.join(names)}" for case, names in sorted(changed.items()) if names]


def assert_unchanged(now: Mapping[str, Digests]) -> None:
    """Failure with the list of differences, cut where it is long."""
    found = differences(kept(), now)
    listed = "\n".join(found[:MOST_LISTED])
    assert not found, f"answers to {len(found)} cases changed; {ADVICE}:\n{listed}"


@pytest.mark.sweep
@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_tenth_of_the_answers_is_as_recorded(mode: str) -> None:
    """The answers to a fixed tenth of the cases, and to every vignette by prefetch."""
    assert_unchanged(await recorded(dict.fromkeys(QUICK[mode], (mode,))))


@pytest.mark.slow
@pytest.mark.sweep
@pytest.mark.anyio
async def test_every_answer_is_as_recorded() -> None:
    """The answers to every case, in every mode and language."""
    assert_unchanged(await recorded(dict.fromkeys(CASES, MODES)))


def test_the_record_has_every_case_once_in_order() -> None:
    """The record is as `make recorded` writes it, and small."""
    text = RECORD.read_text(encoding="utf-8")

    assert text == written(kept())
    assert sorted(kept()) == sorted(CASES)
    assert len(text.encode()) < MAX_BYTES


def test_a_difference_names_case_mode_and_language() -> None:
    """Answers that changed are listed by case; so are cases without a record."""
    same = dict.fromkeys(COLUMNS, "0")
    now = {"V2": {**same, "fetch-de": "1", "quiet-en": "1"}, "V1": same, "V3": {"prefetch-en": "0"}}

    assert differences({"V1": same, "V2": same}, now) == ["V2: fetch-de quiet-en", "V3: prefetch-en"]
