"""Checks of CORS preflights and answers, for one origin.

Tests: tests/conformance/test_broken_services.py.
"""

from cds_service.conformance.model import Check, Finding, Judge, Level, NotApplicable, NotChecked, judged
from cds_service.conformance.record import Exchange, Record

NEEDED = {"content-type", "authorization"}
NO_ENDPOINT = (404, 405, 501)


def preflight(name: str, *needed: str) -> Judge:
    """Return a judge of a preflight for the origin's request."""

    def judge(record: Record) -> Finding:
        answer = record.get(f"cors.preflight-{name}")
        if answer is None:
            return NotChecked(record.uncalled)
        feedback = record.get("feedback.overridden")
        if name == "feedback" and feedback is not None and feedback.status in NO_ENDPOINT:
            return NotApplicable("the service takes no feedback")
        return judged(_refusals(record, answer, set(needed)))

    return judge


def readable(name: str) -> Judge:
    """Return a judge of an answer's readability for the origin."""

    def judge(record: Record) -> Finding:
        answer = record.get(f"cors.{name}")
        return NotChecked(record.uncalled) if answer is None else judged(_unreadable(record, answer))

    return judge


def _refusals(record: Record, answer: Exchange, needed: set[str]) -> list[str]:
    problems = [] if answer.is_success else [f"the preflight: {answer.shown}"]
    allowed = {each.strip().lower() for each in answer.headers.get("access-control-allow-headers", "").split(",")}
    lacking = needed - allowed - ({"content-type"} if "*" in allowed else set())
    if lacking:
        problems.append(f"does not allow {', '.join(sorted(lacking))}")
    return problems + _unreadable(record, answer)


def _unreadable(record: Record, answer: Exchange) -> list[str]:
    origin = answer.headers.get("access-control-allow-origin")
    return [] if origin in ("*", record.origin) else [f"{answer.shown} without leave for {record.origin}"]


OURS = Level.OURS
CHECKS = (
    Check("X01", (106,), OURS, "1.0", "A page may ask discovery.", preflight("discovery", "authorization")),
    Check("X02", (106,), OURS, "1.0", "A page may call the service.", preflight("service", *sorted(NEEDED))),
    Check("X03", (106,), OURS, "2.0", "A page may send feedback.", preflight("feedback", *sorted(NEEDED))),
    Check("X04", (106,), OURS, "1.0", "A page may read what the call gives.", readable("call")),
    Check("X04.discovery", (106,), OURS, "1.0", "A page may read discovery.", readable("discovery")),
    Check("X05", (106,), OURS, "1.0", "A page may read why it was refused.", readable("error")),
)
