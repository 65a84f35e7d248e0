"""Checks of authentication, forged tokens and hidden FHIR tokens.

Every token sent here is one that no service may accept.
Tests: tests/conformance/test_broken_services.py.
"""

import re

from cds_service.conformance.model import Check, Finding, Judge, Level, NotApplicable, NotChecked, Right, Wrong, judged
from cds_service.conformance.probes import TOKEN_MARK
from cds_service.conformance.record import UNAUTHORISED, Record

CHANGING = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z?")


def authentication(record: Record) -> Finding:
    """Judge that an anonymous call is refused.

    An answer to one is for a person to judge.
    """
    call = record.get("trust.anonymous")
    if call is None:
        return NotChecked(record.uncalled)
    if call.status in UNAUTHORISED:
        return Right(f"authentication is required: {call.status}")
    return NotChecked(f"a call without a token: {call.shown}; judge whether that can expose anything")


def forged(name: str) -> Judge:
    """Return a judge for the refusal of a forged token.

    It applies if authentication is required.
    """

    def judge(record: Record) -> Finding:
        anonymous, call = record.get("trust.anonymous"), record.get(f"trust.{name}")
        if anonymous is None or call is None:
            return NotChecked(record.uncalled)
        if anonymous.status not in UNAUTHORISED:
            return NotApplicable("calls need no token here, so none has to be read")
        return Right(call.shown) if call.status in UNAUTHORISED else Wrong(call.shown)

    return judge


def alike(record: Record) -> Finding:
    """Judge that every refusal looks alike, except ids and times.

    A stranger learns nothing from it.
    """
    failures = {name: each for name, each in record.named("trust.").items() if each.status in UNAUTHORISED}
    if not failures:
        return (
            NotApplicable("no call was refused for its token") if record.get("trust.anonymous") else _uncalled(record)
        )
    shapes = {(each.status, CHANGING.sub(b"", each.body)) for each in failures.values()}
    return Right() if len(shapes) == 1 else Wrong(f"{len(shapes)} different answers to {', '.join(failures)}")


def token_hidden(record: Record) -> Finding:
    """Judge that no answer repeats the FHIR token of a call."""
    call = record.get("token")
    if call is None:
        return NotChecked(record.uncalled)
    mark = TOKEN_MARK.encode()
    shown = mark in call.body or any(TOKEN_MARK in value for value in call.headers.values())
    return judged(["the answer repeats the access token"] if shown else [], call.shown)


def _uncalled(record: Record) -> Finding:
    return NotChecked(record.uncalled)


SHALL, SHOULD, OURS = Level.SHALL, Level.SHOULD, Level.OURS
CHECKS = (
    Check("J02", (96, 97), SHOULD, "2.0", "Who can get at sensitive data has to say who he is.", authentication),
    Check("J02.none", (101,), SHALL, "1.0", "A token with the algorithm `none` is refused.", forged("alg-none")),
    Check("J02.hmac", (101,), SHALL, "1.0", "A token with a shared secret is refused.", forged("alg-hmac")),
    Check("J02.garbage", (103,), OURS, "1.0", "What is no token is refused.", forged("garbage")),
    Check("J02.alike", (103,), OURS, "2.0", "All failures of tokens look alike.", alike),
    Check("Z03", (51, 52), SHALL, "1.0", "No answer repeats the FHIR access token.", token_hidden),
)
