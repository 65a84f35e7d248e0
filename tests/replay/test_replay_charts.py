"""Charts of the rules' own cases, called, kept and replayed: the bytes depend on nothing that is not kept.

It tests cds_service/replay/run.py.
"""

import json
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from cds_service.config.settings import Settings
from cds_service.fhir.chart.sources import TEMPLATES
from cds_service.replay.run import Archived, Result, replay
from cds_service.store.audit_storage import SqlAuditStorage
from cds_service.store.database import Database
from tests.service.remembering import decisions_in, remembering
from tests.service.test_vignettes import CHOSEN as EVERY_TENTH
from tests.service.test_vignettes import call_of
from tests.vignettes import prefetch

pytestmark = pytest.mark.anyio

DAYS = sorted({case.as_of for case in EVERY_TENTH})


@pytest.mark.sweep
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("day", DAYS, ids=str)
async def test_the_answer_to_a_case_is_the_same_byte_for_byte(tmp_path: Path, day: date, language: str) -> None:
    """Whatever day and language are set when it is replayed."""
    cases = [case for case in EVERY_TENTH if case.as_of == day]
    bodies = [json.dumps(call_of(case, prefetch=prefetch(case, TEMPLATES))).encode() for case in cases]
    async with remembering(tmp_path, as_of=day, language=language) as service:
        for body in bodies:
            assert (await service.call(body)).status_code == 200
    decisions = {decision.request_digest: decision for decision in await decisions_in(service.settings)}
    today, database = Settings(database=service.settings.database), Database(service.settings.database_url())
    wrong = []
    for case, body in zip(cases, bodies, strict=True):
        decision = decisions[sha256(body).hexdigest()]
        found = await replay(Archived(body), decision, today, SqlAuditStorage(database))
        if (found.result, found.day) != (Result.SAME, day):
            wrong.append(case.id)
    await database.close()

    assert wrong == []
