"""POST /cds-services/{id}/feedback, checked, counted and stored.

Comments must not be logged or kept. An unknown card is accepted, because its row may be late.
Tests: tests/api/test_feedback.py.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from starlette.routing import Route

from cards.words import Language
from cds_service.api.body import BodyLimits
from cds_service.api.service_endpoint import Intake, ServiceEndpoint
from cds_service.audit.audit_log import AuditLog
from cds_service.audit.call_record import CallRecord
from cds_service.audit.feedback_item import FeedbackItem, to_epoch_ms
from cds_service.clients.authentication import Authenticator
from cds_service.clients.client import Client
from cds_service.clock import Clock
from cds_service.concurrency.admission import AdmissionControl
from cds_service.config.settings import Settings
from cds_service.errors import InvalidRequest
from cds_service.evaluation.response import OVERRIDE_SYSTEM, override_reasons
from cds_service.hooks import HookService
from cds_service.hooks.context import ANONYMOUS
from cds_service.log import note
from cds_service.strict_json import Body, read_strictly

MAX_BODY_BYTES = 1024 * 1024
MAX_ITEMS = 100
MAX_COMMENT_BYTES = 4096
SITE_CATEGORY = "com.epic.cdshooks.feedback.overrideReason.reasonCategory"
"""Extension in which one EHR sends a site's own category.

Other content is text.
"""
SITE_SYSTEM = "urn:com.epic.cdshooks.feedback.overrideReason"
_SITE_CODE = re.compile(r"[A-Za-z0-9.-]{1,64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
OVERRIDE_CODES = frozenset(reason["code"] for reason in override_reasons(Language.ENGLISH))
OTHER = "other"
"""Reason outside the card's list and the site's categories.

Its words are not kept.
"""
EMPTY_OBJECT = b"{}"
RULES = {"missing": "is required", "no-suggestions": "needs acceptedSuggestions, since its outcome is accepted"}
OTHER_RULE = "is not as CDS Hooks 2.0 describes it"
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def _moment(text: str) -> str:
    if not _TIMESTAMP.fullmatch(text.upper()):
        raise ValueError("no RFC 3339 timestamp")
    datetime.fromisoformat(text.upper())
    return text


def _comment(text: str) -> str:
    if len(text.encode()) > MAX_COMMENT_BYTES:
        raise ValueError("too long")
    return text


Text = Annotated[str, Field(min_length=1, max_length=256)]


class _Element(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Reason(_Element):
    """A reason from the card's list."""

    code: Text
    system: Text


class OverrideReason(_Element):
    """Reason for an override, coded, written, both or neither."""

    reason: Reason | None = None
    extension: object = Field(None, repr=False)
    userComment: Annotated[str, AfterValidator(_comment)] | None = Field(None, repr=False)  # noqa: N815 - the standard's


class AcceptedSuggestion(_Element):
    """An accepted suggestion."""

    id: Text


class Feedback(_Element):
    """Outcome of one card."""

    card: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,64}\z")]
    outcome: Literal["accepted", "overridden"]
    outcomeTimestamp: Annotated[str, AfterValidator(_moment)]  # noqa: N815 - the standard's own spelling
    acceptedSuggestions: tuple[AcceptedSuggestion, ...] = Field((), max_length=MAX_ITEMS)  # noqa: N815 - the standard's
    overrideReason: OverrideReason | None = None  # noqa: N815 - the standard's own spelling
    overrideReasons: OverrideReason | None = None  # noqa: N815 - one EHR's spelling

    @property
    def reason(self) -> OverrideReason | None:
        """Return why the card was overridden, under whichever name it came."""
        return self.overrideReason or self.overrideReasons

    @property
    def picked(self) -> Reason | None:
        """Return the coded reason, of the card's list or the site."""
        given = self.reason
        if given is None or given.reason is not None:
            return given.reason if given else None
        category = given.extension.get(SITE_CATEGORY) if isinstance(given.extension, dict) else None
        is_code = isinstance(category, str) and _SITE_CODE.fullmatch(category)
        return Reason(code=str(category), system=SITE_SYSTEM) if is_code else None

    @model_validator(mode="after")
    def _accepted_names_suggestions(self) -> Self:
        if self.outcome == "accepted" and not self.acceptedSuggestions:
            raise PydanticCustomError("no-suggestions", "acceptedSuggestions is required")
        return self


class FeedbackRequest(_Element):
    """One body with feedback on one or more cards."""

    feedback: tuple[Feedback, ...] = Field(min_length=1, max_length=MAX_ITEMS)


def read_feedback(body: Body) -> tuple[Feedback, ...]:
    """Return the items of a feedback body.

    Raises a 400 with the first wrong element.
    """
    read_strictly(body)
    try:
        return FeedbackRequest.model_validate_json(body).feedback
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise InvalidRequest(_path(first["loc"]), RULES.get(first["type"], OTHER_RULE)) from error


def feedback_route(
    services: Mapping[str, HookService],
    settings: Settings,
    authenticator: Authenticator,
    audit_log: AuditLog | None,
    clock: Clock,
) -> Route:
    """Return the feedback route of every service.

    Items are stored if there is an audit log.
    """

    async def answer(_service: HookService, body: Body, client: Client | None, _record: CallRecord | None) -> bytes:
        items = read_feedback(body)
        accepted = sum(item.outcome == "accepted" for item in items)
        note(accepted=accepted, overridden=len(items) - accepted)
        if audit_log is not None:
            now = to_epoch_ms(clock.now())
            await audit_log.add_feedback([_reply(item, client.id if client else ANONYMOUS, now) for item in items])
        return EMPTY_OBJECT

    intake = Intake(
        authenticator,
        BodyLimits.of(settings, MAX_BODY_BYTES),
        AdmissionControl(settings.max_calls, settings.max_at_work),
    )
    return Route("/cds-services/{service}/feedback", ServiceEndpoint("feedback", services, intake, answer))


def _reply(item: Feedback, client: str, now: int) -> FeedbackItem:
    """Return the stored form of an item, ids and codes without text."""
    picked = item.picked if item.picked and _is_code(item.picked) else None
    return FeedbackItem(
        client=client,
        card=item.card.lower() if _UUID.fullmatch(item.card) else f"sha256:{sha256(item.card.encode()).hexdigest()}",
        outcome=item.outcome,
        at=min(to_epoch_ms(datetime.fromisoformat(item.outcomeTimestamp.upper())), now),
        received=now,
        reason=picked.code if picked else OTHER if item.reason else None,
        reason_system=picked.system if picked else None,
        accepted=tuple(each.id.lower() for each in item.acceptedSuggestions if _UUID.fullmatch(each.id)),
        commented=bool(item.reason and item.reason.userComment),
    )


def _is_code(picked: Reason) -> bool:
    """Return True for a reason of the card or a site's category."""
    if picked.system == OVERRIDE_SYSTEM:
        return picked.code in OVERRIDE_CODES
    return picked.system == SITE_SYSTEM and bool(_SITE_CODE.fullmatch(picked.code))


def _path(place: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".") or "body"
