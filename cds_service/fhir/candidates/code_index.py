"""From which day on a coding matters, of every coding of a chart: looked up once, however often it stands there.

Must not keep from call to call how a coding was written: that may hold words of a record. A code alone says of nobody.
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
"""From which day a code matters that matters however old its resource is: every ISO date is greater."""
NEWEST_ONLY = " "
"""The same for a body height: of these only the newest that can be used counts, of whatever day."""
CONCEPTS = msgspec.json.Decoder(list[Concept])
_SETTING = msgspec.json.Decoder(Coding)


Entry = tuple[str, tuple[str, ...]]
"""From which day on a listed code matters (ISO date, or ALWAYS), and its concepts."""
MOST = 16384
"""How many codings are remembered from call to call; then all are looked up anew."""


class _Looked(dict[tuple[str | None, str | None], Entry | None]):
    """Codings looked up so far, by all calls of a day: what each is, None when it is not listed."""

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
    """The codings of a chart: from which day on each matters, and which concepts were met."""

    def __init__(self, as_of: date | None, vocabulary: Vocabulary, met: set[str]) -> None:
        """Start with nothing met."""
        self._looked = _looked(as_of, vocabulary)
        self._met = met

    def since(self, concept: Concept) -> str | None:
        """Return the earliest day from which one of the codes matters; None when none is listed."""
        best = None
        for coding in concept.coding or ():
            entry = self._looked[coding.system, coding.code]
            if entry is not None:
                self._met.update(entry[1])
                best = earlier(best, entry[0])
        return best

    def is_height(self, concept: Concept) -> bool:
        """Return whether all that the codes stand for is a body height."""
        entries = (self._looked[coding.system, coding.code] for coding in concept.coding or ())
        return {meant for entry in entries if entry is not None for meant in entry[1]} == {HEIGHT}


class ConceptCutoffs(dict[bytes, str | None]):
    """The same of whole CodeableConcepts as they were written: most of a chart repeats a few hundred of them."""

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
    """Types and classes of Encounters as they were written: whether none is listed; what can't be read may be."""

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
    """Codings of reasons seen so far: whether each is of a symptom or a finding.

    They count for nothing else, so that a visit for a cancer does not make a chart one of a patient who had it.
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
    """Return the earlier of two days; None is no day."""
    if one is None:
        return other
    return one if other is None else min(one, other)


@lru_cache(maxsize=64)
def cutoff_day(kind: str | None, as_of: date | None) -> str:
    """Return the day before which a measurement of a kind does not matter."""
    return NO_CUTOFF if kind is None or as_of is None else (as_of - lookback(kind, as_of)).isoformat()
