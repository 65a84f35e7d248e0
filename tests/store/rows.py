"""Decisions and feedback for the tests of the store.

It must not know a database.
Its tests are those that import it.
"""

from dataclasses import replace
from typing import Any

from cds_service.audit.decision import CardRow, ConcernRow, Decision, Suggestion
from cds_service.audit.feedback_item import FeedbackItem
from cds_service.audit.pseudonyms import Pseudonyms, key_of

T0 = 1_770_000_000_000
CARD = "00000000-0000-5000-8000-000000000001"
SUGGESTION = "00000000-0000-5000-8000-00000000000a"
KEY, FORMER = key_of(b"k" * 32), key_of(b"f" * 32)
PSEUDONYMS = Pseudonyms((KEY, FORMER))
PATIENT = PSEUDONYMS.patient("north", "patient-1")


def uuid_of(number: int) -> str:
    """A UUID with a number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def a_card(card: str = CARD, **more: Any) -> CardRow:  # noqa: ANN401 - what CardRow takes
    """A card about the brain with one suggestion."""
    known: dict[str, Any] = {
        "topic": "brain",
        "level": "warning",
        "rules": ("BRAIN-1@1.0.0",),
        "suggestions": (Suggestion(SUGGESTION, "brain-mri"),),
    }
    found = known | more
    concern = ConcernRow(found["topic"], found["level"], PSEUDONYMS.evidence("north", "Condition/1")[:1])
    return CardRow(card, **{"concerns": (concern,), **found})


def a_decision(number: int = 1, *cards: CardRow, **more: Any) -> Decision:  # noqa: ANN401 - what Decision takes
    """An answered call of a client about a patient."""
    return replace(
        Decision(
            id=uuid_of(number),
            at=T0 + number,
            hook="patient-view",
            status=200,
            duration_ms=3.25,
            client="north",
            user_hash=PSEUDONYMS.user("north", "Practitioner/1")[0],
            patient_hash=PATIENT[0],
            key_id=KEY.id,
            cards=cards,
        ),
        **more,
    )


def a_reply(card: str = CARD, **more: Any) -> FeedbackItem:  # noqa: ANN401 - what Reply takes
    """An override of that card, a second after it was shown."""
    known: dict[str, Any] = {"client": "north", "outcome": "overridden", "at": T0 + 1000, "received": T0 + 1500}
    return FeedbackItem(card=card, **known | more)
