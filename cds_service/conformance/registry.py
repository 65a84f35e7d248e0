"""All checks by group, in the order of the report.

Equal ids are refused at import.
Tests: tests/conformance/test_record.py.
"""

from collections import Counter
from collections.abc import Mapping

from cds_service.conformance.checks import (
    call,
    card_parts,
    cards,
    cors,
    discovery,
    feedback,
    templates,
    transport,
    trust,
)
from cds_service.conformance.model import Check

GROUPS: Mapping[str, tuple[Check, ...]] = {
    "transport": transport.CHECKS,
    "discovery": (*discovery.CHECKS, *templates.CHECKS),
    "call": call.CHECKS,
    "cards": (*cards.CHECKS, *card_parts.CHECKS),
    "feedback": feedback.CHECKS,
    "trust": trust.CHECKS,
    "cors": cors.CHECKS,
}
CHECKS = tuple(check for group in GROUPS.values() for check in group)


def _refuse_clashes() -> None:
    twice = [name for name, times in Counter(check.id for check in CHECKS).items() if times > 1]
    if twice:
        raise ValueError(f"Two checks have the same id: {', '.join(twice)}")


_refuse_clashes()
