"""Medication resources that statements refer to.

Tests: tests/fhir/test_candidates.py.
"""

import re
from dataclasses import dataclass, field

from msgspec import Raw

from cds_service.fhir.pages.page import Entry
from cds_service.fhir.pages.versions import is_later, version_of

URN = "urn:"
VERSION = "/_history/"
_ABSOLUTE = re.compile("https?://", re.IGNORECASE)


@dataclass(slots=True)
class Medications:
    """Medications of a chart by id and fullUrl, the newest version of each."""

    base: str | None = None
    _known: dict[str, Raw] = field(init=False, default_factory=dict)

    def add(self, medication_id: str | None, entry: Entry) -> None:
        """Keep a Medication, unless a later version is known."""
        for name in (medication_id, entry.full_url):
            known = self._known.get(name) if name else None
            if name and (known is None or not is_later(version_of(known), version_of(entry.raw))):
                self._known[name] = entry.raw

    def find(self, reference: str) -> Raw | None:
        """Return the referenced Medication by id or fullUrl.

        A reference to another server than the call's finds none.
        """
        plain = reference.partition(VERSION)[0]
        if plain in self._known:
            return self._known[plain]
        if self.base is not None and _ABSOLUTE.match(plain) and not plain.startswith(f"{self.base}/"):
            return None
        own_id = plain.rpartition(":" if plain.startswith(URN) else "/")
        return self._known.get(own_id[2]) if own_id[1] else None
