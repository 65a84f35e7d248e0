"""Checks of calls, answered and refused.

Tests: tests/conformance/test_broken_services.py.
"""

from collections.abc import Callable

from cds_service.conformance.checks.elements import unknown, valueless
from cds_service.conformance.model import Check, Finding, Judge, Level, NotApplicable, NotChecked, Right, Wrong, judged
from cds_service.conformance.record import OK, UNAUTHORISED, Exchange, Record, listed
from cds_service.conformance.text import quoted

MISSING_DATA = 412
SERVER_ERROR = 500
NOT_ALLOWED = 405
NOT_FOUND = 404
REFUSED_ON_PURPOSE = 403
RESPONSE = frozenset({"cards", "systemActions", "extension"})
Accepts = Callable[[Exchange], bool]


def of_exchanges(prefixes: tuple[str, ...], accepts: Accepts, *, like_ordinary: bool = False) -> Judge:
    """Return a judge for every exchange of these names.

    Exchanges close to the ordinary call prove nothing if that one fails.
    """

    def judge(record: Record) -> Finding:
        reason = _untellable(record, like_ordinary=like_ordinary)
        if reason is not None:
            return NotChecked(reason)
        found = record.named(*prefixes)
        if not found:
            return NotApplicable("the service publishes no template to try it with")
        return judged([f"{name}: {each.shown}" for name, each in found.items() if not accepts(each)])

    return judge


def _untellable(record: Record, *, like_ordinary: bool) -> str | None:
    """Return the reason why the calls prove nothing."""
    ordinary = record.get("call.provoking")
    if ordinary is None:
        return record.uncalled
    if ordinary.status in UNAUTHORISED:
        return f"the ordinary call was answered {ordinary.status}: give a token with --token-file"
    if ordinary.status == NOT_FOUND:
        return "the service was not found under its id"
    if like_ordinary and ordinary.status != OK:
        return f"the ordinary call was answered {ordinary.shown}"
    return None


def answered(each: Exchange) -> bool:
    """Return True for a call with cards or a missing-data answer."""
    return each.status in (OK, MISSING_DATA)


def accepted(each: Exchange) -> bool:
    """Return True for a call answered as the ordinary one."""
    return each.status == OK


def suits_user(each: Exchange) -> bool:
    """Return True for a call answered, or this user refused on purpose."""
    return answered(each) or each.status == REFUSED_ON_PURPOSE


def refused(each: Exchange) -> bool:
    """Return True for a refusal as the caller's mistake."""
    return each.is_client_error


def survives(each: Exchange) -> bool:
    """Return True for any answer except a server error."""
    return each.failure is None and each.status < SERVER_ERROR


def ordinary_call(record: Record) -> Finding:
    """Judge that the ordinary call gives 200 and an array of cards."""
    reason = _untellable(record, like_ordinary=False)
    if reason is not None:
        return NotChecked(reason)
    call = record.exchanges["call.provoking"]
    if call.status == MISSING_DATA:
        return NotChecked("412: our patient is not enough for this service; give one with --patient")
    return _with_cards(call)


def nothing_to_say(record: Record) -> Finding:
    """Judge that an empty patient gives 200 and an array of cards."""
    reason = _untellable(record, like_ordinary=True)
    if reason is not None:
        return NotChecked(reason)
    call = record.exchanges["call.quiet"]
    return NotChecked("412 for a patient with nothing") if call.status == MISSING_DATA else _with_cards(call)


def missing_data(record: Record) -> Finding:
    """Judge that a call without data gets a 412 or a card."""
    reason = _untellable(record, like_ordinary=False)
    if reason is not None:
        return NotChecked(reason)
    if not (record.service or {}).get("prefetch"):
        return NotApplicable("the service publishes no template, so it may need no data")
    call = record.exchanges["call.minimal"]
    cards = listed(call.json.get("cards")) if isinstance(call.json, dict) else []
    if call.status == OK and cards:
        return Right(f"200 with {len(cards)} card(s): read whether they say what is missing")
    if call.status == OK:
        return Wrong("200 without cards, though nothing of what the templates ask for was sent")
    return Right() if call.status == MISSING_DATA else Wrong(call.shown)


def missing_data_outcome(record: Record) -> Finding:
    """Judge that every 412 has an OperationOutcome."""
    return _outcomes(record, ("call.",), lambda status: status == MISSING_DATA)


def error_outcomes(record: Record) -> Finding:
    """Judge that every other refusal has an OperationOutcome."""
    names = ("missing.", "wrong-hook", "odd.", "malformed.", "unknown-service", "method.service")
    return _outcomes(record, names, lambda status: status >= 400 and status != MISSING_DATA)  # noqa: PLR2004 - errors


def wrong_methods(record: Record) -> Finding:
    """Judge that useless methods get 405 with the allowed ones."""
    reason = _untellable(record, like_ordinary=False)
    if reason is not None:
        return NotChecked(reason)
    found = record.named("method.").items()
    wrong = [f"{name}: {each.shown}" for name, each in found if each.status != NOT_ALLOWED]
    return judged(wrong + [f"{n}: no Allow" for n, e in found if e.status == NOT_ALLOWED and "allow" not in e.headers])


def with_values(record: Record) -> Finding:
    """Judge that an answer has no null or empty value.

    An empty array of cards is allowed.
    """
    if not record.answers:
        return NotChecked(record.uncalled or "no call was answered 200")
    answers = record.answers.items()
    return judged([p for name, each in answers for p in valueless(each, name, frozenset({f"{name}.cards"}))])


def response_names(record: Record) -> Finding:
    """Judge that an answer has elements of the standard only."""
    if not record.answers:
        return NotChecked(record.uncalled or "no call was answered 200")
    return judged([problem for name, each in record.answers.items() for problem in unknown(each, RESPONSE, name)])


def _with_cards(call: Exchange) -> Finding:
    if call.status != OK:
        return Wrong(call.shown)
    cards = call.json.get("cards") if isinstance(call.json, dict) else None
    if not isinstance(cards, list):
        return Wrong(f"200, but cards is {quoted(cards)}")
    strangers = [card for card in cards if not isinstance(card, dict)]
    return Wrong(f"cards holds {quoted(strangers[0])}") if strangers else Right(f"{len(cards)} card(s)")


def _outcomes(record: Record, names: tuple[str, ...], concerns: Callable[[int], bool]) -> Finding:
    if record.get("call.provoking") is None:
        return NotChecked(record.uncalled)
    found = {name: each for name, each in record.named(*names).items() if concerns(each.status)}
    if not found:
        return NotApplicable("there was no such answer")
    bare = [f"{name}: {each.shown}" for name, each in found.items() if not each.is_operation_outcome]
    return judged(bare, f"{len(found)} answers")


def _small(*prefixes: str) -> Judge:
    return of_exchanges(prefixes, accepted, like_ordinary=True)


def _known(*prefixes: str) -> Judge:
    return of_exchanges(prefixes, answered, like_ordinary=True)


SHALL, SHOULD, OURS = Level.SHALL, Level.SHOULD, Level.OURS
NO_INSTANCE = of_exchanges(("missing.hook", "missing.context"), refused)
NO_PATIENT = of_exchanges(("missing.patientId",), refused)
CHECKS = (
    Check("S01", (26,), SHALL, "1.0", "Success is 200 with an object that has an array `cards`.", ordinary_call),
    Check("S05", (27,), SHOULD, "1.0", "Nothing to say is 200 with an empty array of cards.", nothing_to_say),
    Check("S03", (28,), SHALL, "1.0", "Without the data that it needs, the answer is 412.", missing_data),
    Check("S04", (30,), SHOULD, "3.0b", "A 412 carries an OperationOutcome.", missing_data_outcome),
    Check("S06", (42,), SHALL, "1.0", "null under a key means no data: 200 or 412.", _known("call.no-data-null")),
    Check(
        "S09", (43,), SHALL, "2.0", "So does an empty Bundle.", _known("call.no-data-empty", "call.no-data-no-entry")
    ),
    Check("S07", (45, 46), SHOULD, "2.0", "OperationOutcomes under keys: 200 or 412.", _known("call.outcome")),
    Check("S08", (45,), OURS, "1.0", "A web page under a key: 200 or 412.", _known("call.html")),
    Check("S10", (40, 41, 44), SHALL, "1.0", "Each key may be left out: 200 or 412.", _known("call.without-")),
    Check("S11", (48,), OURS, "1.0", "A key that was not asked for changes nothing.", _small("call.unasked")),
    Check("S13", (47,), SHALL, "2.0", "A Bundle may have a next page: 200 or 412.", _known("call.paged")),
    Check("S14", (84,), SHALL, "1.0", "Extensions that it does not know are passed over.", _small("call.extension")),
    Check("S14.unknown", (84,), OURS, "1.0", "Unknown elements are passed over.", _small("call.unknown")),
    Check("S15", (24,), SHALL, "1.0", "hookInstance is any UUID, in any case.", _small("call.uuid-")),
    Check(
        "S16",
        (25,),
        SHALL,
        "1.0",
        "Each kind of user can be sent; 403 refuses one on purpose.",
        of_exchanges(("call.user-",), suits_user, like_ordinary=True),
    ),
    Check("S17", (25,), SHALL, "1.0", "encounterId may be sent or left out.", _small("call.encounter")),
    Check("E01", (29,), OURS, "1.0", "A body that is no JSON object is a 4xx.", of_exchanges(("malformed.",), refused)),
    Check("E03", (23, 29), OURS, "1.0", "Without hook, hookInstance or context: 4xx.", NO_INSTANCE),
    Check("E06", (23, 25, 29), OURS, "1.0", "Without what the hook requires, the patient: 4xx.", NO_PATIENT),
    Check("E07", (25,), OURS, "1.0", "Without a user: no 5xx.", of_exchanges(("missing.userId",), survives)),
    Check("E08", (23, 29), OURS, "1.0", "Another hook is a 4xx.", of_exchanges(("wrong-hook",), refused)),
    Check("E18", (29,), OURS, "1.0", "An id that is not listed is a 4xx.", of_exchanges(("unknown-service",), refused)),
    Check("E19", (30,), SHOULD, "3.0b", "Other refusals carry an OperationOutcome.", error_outcomes),
    Check("D17", (22,), OURS, "1.0", "Other methods get 405 and Allow.", wrong_methods),
    Check("Z01", (29,), OURS, "1.0", "Elements of a wrong type never make a 5xx.", of_exchanges(("odd.",), survives)),
    Check("C02", (2, 3), SHALL, "1.0", "Nothing in an answer is null or empty but `cards`.", with_values),
    Check("C23.response", (82,), SHALL, "1.0", "An answer has no elements of its own making.", response_names),
)
