"""How the sources of a call ended, for a chart that is made again without asking anybody.

It must not guess: what a server answered is had from the caller of this, or the chart can't be made.
Tests: tests/replay/test_replay_fetched.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Raw

from cds_service.fhir.chart.search import Fetched, FetchFailure, parse_page
from cds_service.fhir.chart.sources import Source


class SourceNotRecorded(Exception):
    """What the FHIR server answered to some queries is not there."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys
        """Keys of the sources, as in prefetch."""


@dataclass(frozen=True, slots=True)
class RecordedSources:
    """What is known of sources that were asked."""

    unknown: Mapping[str, tuple[str, ...]]
    """Reasons why a source was unknown, by resource type."""
    answers: Mapping[str, Raw] = field(default_factory=dict, repr=False)
    """What the FHIR server answered, as far as it is there: a Bundle or a resource for each key of prefetch."""

    def ends(self, source: Source, queries: int) -> tuple[Fetched | FetchFailure, ...] | None:
        """Return how each query of a source ended; None where some were answered with what is not there.

        Reasons are kept once each: where there are more queries than reasons and no answer, the last is taken for the
        others too.
        """
        failed = [FetchFailure(reason) for reason in self.unknown.get(source.resource_type, ())][:queries]
        answer = self.answers.get(source.key)
        if answer is not None and len(failed) < queries:
            page = parse_page(bytes(answer))
            first = page if isinstance(page, FetchFailure) else Fetched((page,))
            return (first, *failed, *[Fetched(())] * (queries - len(failed) - 1))
        return (*failed, *failed[-1:] * (queries - len(failed))) if failed else None
