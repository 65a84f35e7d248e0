"""Overrides kept in memory, as the store keeps them, and services that know them.

It must not decide what is quiet.
Its tests are those that import it.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cards.quiet import Override
from cards.quiet_policy import default_policy
from cds_service.app import create_app
from cds_service.audit.pseudonyms import Pseudonyms, key_of
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.evaluation.evaluate import assess_chart
from cds_service.evaluation.suppression import sealed_concern, sealed_user
from cds_service.fhir.chart.local_chart import chart_of
from rules.facts import Gap
from tests.builders import DAY, PATIENT, URL, Chart, Resource, call_of
from tests.service.small_service import calling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    import httpx

    from cards.fingerprint import Concern

MOMENT = FixedClock(DAY).now()
ANNA, BELA, CLARA = "Practitioner/anna", "Practitioner/bela", "PractitionerRole/clara"


@dataclass
class Kept:
    """Overrides by client and patient."""

    pseudonyms: Pseudonyms = field(default_factory=lambda: Pseudonyms((key_of(b"of the tests"),)))
    found: dict[tuple[str, str], list[Override]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def overrides(self, client: str, patient_id: str) -> tuple[Override, ...]:
        """Return them, and note that somebody asked."""
        self.asked.append((client, patient_id))
        return tuple(self.found.get((client, patient_id), ()))

    def override(
        self,
        concerns: Iterable[Concern],
        user: str | None,
        reason: str | None = "not-now",
        *,
        days: int = 0,
        client: str = "anonymous",
    ) -> None:
        """Keep that a user has overridden a card that raised this, so many days ago."""
        at = MOMENT - timedelta(days=days)
        by = sealed_user(user, client, self.pseudonyms)
        for concern in (sealed_concern(concern, client, self.pseudonyms) for concern in concerns):
            self.found.setdefault((client, PATIENT), []).append(
                Override(concern.topic, concern.level, concern.evidence, reason, at, by)
            )


def raised(chart: Chart, *gaps: Gap) -> tuple[Concern, ...]:
    """What the cards of a chart raise."""
    texts = [json.dumps(resource).encode() for resource in chart.resources]
    return assess_chart(chart_of(texts, PATIENT, DAY, gaps=gaps), DAY).concerns


@asynccontextmanager
async def knowing(kept: Kept | None, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:  # noqa: ANN401 - what Settings takes
    """A client of a service that knows these overrides."""
    async with calling(create_app(Settings(**settings), FixedClock(DAY), quiet=kept)) as client:
        yield client


async def seen_by(kept: Kept | None, user: object, chart: Chart, **values: object) -> Resource:
    """The answer that a user gets."""
    on_missing = str(values.pop("on_missing", "412"))
    context = {"patientId": PATIENT, "userId": user}
    async with knowing(kept, on_missing=on_missing) as client:
        response = await client.post(URL, json=call_of(chart.prefetch(**values), context=context))
    assert response.status_code == 200, response.text
    found: Resource = response.json()
    return found


LASTS = {name: term.days for name, term in default_policy().terms.items()}


def until(reason: str, at: datetime = MOMENT) -> dict[str, str]:
    """What the trace says of a card that was overridden for a reason."""
    return {"until": (at.date() + timedelta(days=LASTS[reason])).isoformat(), "because": reason}
