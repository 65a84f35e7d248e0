"""Checks of feedback in every legal and illegal shape.

A service may also have no feedback.
Tests: tests/conformance/test_broken_services.py.
"""

from collections.abc import Callable

from cds_service.conformance.model import Check, Finding, Judge, Level, NotApplicable, NotChecked, Right, Wrong, judged
from cds_service.conformance.record import UNAUTHORISED, Exchange, Record

NO_ENDPOINT = (404, 405, 501)
SHAPES = ("feedback.accepted", "feedback.overridden", "feedback.reason", "feedback.comment", "feedback.reason-comment")


def of_feedback(prefixes: tuple[str, ...], accepts: Callable[[Exchange], bool], *, like_plain: bool = False) -> Judge:
    """Return a judge for feedback of these names.

    Feedback close to the plainest one proves nothing if that one fails.
    """

    def judge(record: Record) -> Finding:
        plain = record.get("feedback.overridden")
        if plain is None:
            return NotChecked(record.uncalled)
        if plain.status in NO_ENDPOINT:
            return NotApplicable(f"the service takes no feedback ({plain.status})")
        if plain.status in UNAUTHORISED:
            return NotChecked(f"feedback was answered {plain.status}: give a token with --token-file")
        if like_plain and not taken(plain):
            return NotChecked(f"the plainest feedback was answered {plain.shown}")
        found = record.named(*prefixes)
        return judged([f"{name}: {each.shown}" for name, each in found.items() if not accepts(each)])

    return judge


def authenticated(record: Record) -> Finding:
    """Judge that anonymous feedback is refused if anonymous calls are."""
    call, feedback = record.get("trust.anonymous"), record.get("feedback.anonymous")
    if call is None or feedback is None:
        return NotChecked(record.uncalled)
    if call.status not in UNAUTHORISED:
        return NotApplicable("calls are answered without authentication too")
    if feedback.status in NO_ENDPOINT:
        return NotApplicable("the service takes no feedback")
    return Right() if feedback.status in UNAUTHORISED else Wrong(f"feedback of nobody: {feedback.shown}")


def taken(each: Exchange) -> bool:
    """Return True for accepted feedback, any 2xx."""
    return each.is_success


def refused(each: Exchange) -> bool:
    """Return True for a refusal as the caller's mistake."""
    return each.is_client_error


def _small(*names: str) -> Judge:
    return of_feedback(names, taken, like_plain=True)


SHALL, SHOULD, OURS = Level.SHALL, Level.SHOULD, Level.OURS
TIMES = ("feedback.fraction", "feedback.offset")
CHECKS = (
    Check("B01", (86, 90), SHALL, "2.0", "Overridden without a reason is taken.", of_feedback(SHAPES[1:2], taken)),
    Check("B02", (89,), SHALL, "2.0", "Accepted suggestions are taken.", of_feedback(SHAPES[:1], taken)),
    Check("B03", (90,), SHALL, "2.0", "Reason, comment, or both are taken.", of_feedback(SHAPES[2:], taken)),
    Check("B04", (87, 91), SHALL, "2.0", "Several items in one body are taken.", _small("feedback.batch")),
    Check("B04.repeat", (91,), SHALL, "2.0", "So is the same item again.", _small("feedback.repeated")),
    Check("B05", (88,), SHALL, "2.0", "Timestamps: fractions and offsets are taken.", _small(*TIMES)),
    Check("B06", (84,), SHALL, "2.0", "Extensions are passed over.", _small("feedback.extension")),
    Check("B09", (87, 93), OURS, "2.0", "Another shape is a 4xx.", of_feedback(("feedback.bad-",), refused)),
    Check("J01", (95,), SHOULD, "2.0", "Feedback is authenticated like the call.", authenticated),
)
