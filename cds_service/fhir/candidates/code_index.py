"""Cut-off days of the codings of a chart, looked up once each.

The wording of a coding must not outlive the call, because it may hold words of a record. Codes alone identify no
patient.
Tests: tests/fhir/test_candidates.py.
"""

from datetime import date
from functools import lru_cache

import msgspec

from cds_service.fhir.elements.vocabulary import Vocabulary
from cds_service.fhir.pages.summary import CONCEPT, Coding, Concept
from rules.codes import HEIGHT, catalogue
from rules.lookback import lookback

NO_CUTOFF = ""
"""No cut-off. It sorts after every ISO date, so that any age counts."""
NEWEST_ONLY = " "
"""Cut-off of a body height.

Only the newest usable height counts, of any day.
"""
CONCEPTS = msgspec.json.Decoder(list[Concept])
_SETTING = msgspec.json.Decoder(Coding)


Entry = tuple[str, tuple[str, ...]]
"""Cut-off of a listed code with its concepts.

It is an ISO date or NO_CUTOFF.
"""
MOST = 16384
"""Maximum number of codings kept between calls.

Beyond it all are looked up again.
"""


class _Looked(dict[tuple[str | None, str | None], Entry | None]):
    """Codings looked up for a day, None for an unlisted one."""

    def __init__(self, as_of: date | None, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._as_of = as_of

    def __missing__(self, key: tuple[str | None, str | None]) -> Entry | None:
        if len(self) >= MOST:
            self.clear()
        system, code = key
        found = self._vocabulary.listed(system, code) if system and code else None
        self[key] = entry = found and (cutoff_day(catalogue().reach(found[1]), self._as_of), found[1])
        return entry


_looked = lru_cache(maxsize=16)(_Looked)
"""One for each day and vocabulary."""


class CodeIndex:
    """Cut-offs and concepts of the codings of a chart."""

    def __init__(self, as_of: date | None, vocabulary: Vocabulary, met: set[str]) -> None:
        """Start without concepts."""
        self._looked = _looked(as_of, vocabulary)
        self._met = met

    def since(self, concept: Concept) -> str | None:
        """Return the earliest cut-off of these codes, or None if unlisted."""
        best = None
        for coding in concept.coding or ():
            entry = self._looked[coding.system, coding.code]
            if entry is not None:
                self._met.update(entry[1])
                best = earlier(best, entry[0])
        return best

    def is_height(self, concept: Concept) -> bool:
        """Return True if the codes mean a body height only."""
        entries = (self._looked[coding.system, coding.code] for coding in concept.coding or ())
        return {meant for entry in entries if entry is not None for meant in entry[1]} == {HEIGHT}


class ConceptCutoffs(dict[bytes, str | None]):
    """Cut-offs of whole CodeableConcepts by their text.

    Most of a chart repeats a few hundred of them.
    """

    def __init__(self, known: CodeIndex) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, written: bytes) -> str | None:
        concept = CONCEPT.decode(written) if written else None
        day = None if concept is None else self._known.since(concept)
        if day == NO_CUTOFF and concept is not None and self._known.is_height(concept):
            day = NEWEST_ONLY
        self[written] = day
        return day


class UnlistedEncounters(dict[tuple[bytes, bytes], bool]):
    """Types and classes of Encounters without a listed code.

    An unreadable one may be listed.
    """

    def __init__(self, known: CodeIndex) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, written: tuple[bytes, bytes]) -> bool:
        types, setting = written
        try:
            concepts = CONCEPTS.decode(types) if types else []
            found = [*concepts, Concept([_SETTING.decode(setting)])] if setting else concepts
        except (msgspec.DecodeError, RecursionError):
            self[written] = False
            return False
        self[written] = idle = {self._known.since(each) for each in found} <= {None}
        return idle


class Reasons(dict[tuple[str | None, str | None], bool]):
    """Codings of reasons that are symptoms or findings.

    A visit for a cancer does not make a history.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def __missing__(self, key: tuple[str | None, str | None]) -> bool:
        system, code = key
        found = self._vocabulary.listed(system, code) if system and code else None
        self[key] = finding = found is not None and not catalogue().findings.isdisjoint(found[1])
        return finding


def earlier(one: str | None, other: str | None) -> str | None:
    """Return the earlier day. None is no day."""
    if one is None:
        return other
    return one if other is None else min(one, other)


@lru_cache(maxsize=64)
def cutoff_day(kind: str | None, as_of: date | None) -> str:
    """Return the first day of a measurement kind's look-back."""
    return NO_CUTOFF if kind is None or as_of is None else (as_of - lookback(kind, as_of)).isoformat()
