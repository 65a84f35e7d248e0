"""Recorded ends of the sources of a replayed call.

Only answers of the caller may be used; without them the chart fails.
Tests: tests/replay/test_replay_fetched.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Raw

from cds_service.fhir.chart.search import Fetched, FetchFailure, parse_page
from cds_service.fhir.chart.sources import Source


class SourceNotRecorded(Exception):
    """The answers to some queries were not recorded."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys
        """Keys of the sources, as in prefetch."""


@dataclass(frozen=True, slots=True)
class RecordedSources:
    """Recorded failures and answers of the sources."""

    unknown: Mapping[str, tuple[str, ...]]
    """Reasons why a source was unknown, by resource type."""
    answers: Mapping[str, Raw] = field(default_factory=dict, repr=False)
    """Recorded Bundles or resources by prefetch key."""

    def ends(self, source: Source, queries: int) -> tuple[Fetched | FetchFailure, ...] | None:
        """Return the end of each query of a source.

        None means that some answers are missing. Each reason is kept once. With more queries than reasons and no
        answer, the last reason holds for the others too.
        """
        failed = [FetchFailure(reason) for reason in self.unknown.get(source.resource_type, ())][:queries]
        answer = self.answers.get(source.key)
        if answer is not None and len(failed) < queries:
            page = parse_page(bytes(answer))
            first = page if isinstance(page, FetchFailure) else Fetched((page,))
            return (first, *failed, *[Fetched(())] * (queries - len(failed) - 1))
        return (*failed, *failed[-1:] * (queries - len(failed))) if failed else None
