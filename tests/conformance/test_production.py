"""Our service in production: every call needs a token that is good once, and the checks of trust are no longer moot.

It must not test tokens themselves: tests/security does.
It tests the whole service with cds_service/conformance.
"""

from pathlib import Path

import pytest

from cds_service.app import create_app
from cds_service.config.settings import Profile, Settings
from cds_service.conformance.model import Outcome
from cds_service.conformance.patients import provoking_patient
from cds_service.conformance.run import SANDBOX
from tests.conformance.running import report_on, result_of, unkept
from tests.tokens import AUDIENCE, HandClock, a_registry, a_token, claims_of

pytestmark = pytest.mark.anyio
SERVICE = "/cds-services/breast-cancer-recurrence"
AUDIENCES = [f"{AUDIENCE}{path}" for path in ("/cds-services", SERVICE, f"{SERVICE}/feedback", f"{SERVICE}-unknown")]
ENOUGH = 120


async def test_our_own_service_passes_in_production_too(tmp_path: Path) -> None:
    """Strangers and forged tokens are refused, all alike; feedback as well. One token for each request."""
    clock = HandClock()
    settings = Settings(
        profile=Profile.PRODUCTION,
        clients=a_registry(tmp_path),
        database=f"sqlite:///{tmp_path / 'tokens.db'}",
        cors_origins=(SANDBOX,),
    )
    app = create_app(settings, clock)
    tokens = tuple(a_token(claims_of(aud=AUDIENCES, jti=f"token-{number}")) for number in range(ENOUGH))

    async with app.router.lifespan_context(app):
        report = await report_on(app, tokens=tokens, provoking=provoking_patient(clock.today()))

    assert unkept(report) == {}
    for check in ("S01", "J01", "J02", "J02.none", "J02.hmac", "J02.garbage", "J02.alike"):
        assert result_of(report, check).outcome is Outcome.PASS
