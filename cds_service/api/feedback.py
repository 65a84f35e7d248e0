"""POST /cds-services/{id}/feedback: what became of a card, checked, counted, and kept where there is a ledger.

It must not log or keep comments, and must not refuse a card because it isn't known: a batch may be late.
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
"""Where one EHR keeps the reason when it is none of the card's; what else stands there is text."""
SITE_SYSTEM = "urn:com.epic.cdshooks.feedback.overrideReason"
_SITE_CODE = re.compile(r"[A-Za-z0-9.-]{1,64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
OVERRIDE_CODES = frozenset(reason["code"] for reason in override_reasons(Language.ENGLISH))
OTHER = "other"
"""A reason that is neither of the card's list nor a category of the site: its words are not kept."""
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
    """The reason that was picked from the card's list."""

    code: Text
    system: Text


class OverrideReason(_Element):
    """Why a card was overridden: picked, written, both or neither."""

    reason: Reason | None = None
    extension: object = Field(None, repr=False)
    userComment: Annotated[str, AfterValidator(_comment)] | None = Field(None, repr=False)  # noqa: N815 - the standard's


class AcceptedSuggestion(_Element):
    """A suggestion that was taken."""

    id: Text


class Feedback(_Element):
    """What became of one card."""

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
        """Return the reason that was picked: from the card's list, or a category of the site."""
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
    """One body: feedback on one or more cards."""

    feedback: tuple[Feedback, ...] = Field(min_length=1, max_length=MAX_ITEMS)


def read_feedback(body: Body) -> tuple[Feedback, ...]:
    """Return the items of a feedback body, or raise a 400 that names the first element that is wrong."""
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
    """Return the route of feedback, for every service of the tuple; what comes is kept where there is a ledger."""

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
    """Return what is kept of an item: ids and codes that can be ours or a site's, no text of anybody."""
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
    """Return whether a reason is one of the card's, or has the form of a site's category."""
    if picked.system == OVERRIDE_SYSTEM:
        return picked.code in OVERRIDE_CODES
    return picked.system == SITE_SYSTEM and bool(_SITE_CODE.fullmatch(picked.code))


def _path(place: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".") or "body"
