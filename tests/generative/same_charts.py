"""Charts written anew with the same or the mirrored meaning.

A rewriting must keep every day, amount and meaning of the chart.
Its tests are those that use it.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Any

from rules.codes import catalogue
from rules.facts import Side
from rules.sides import side_of_code
from rules.systems import ALIASES
from tests.builders import Resource
from tests.generative.drawn import laterality
from tests.generative.measurements import SPELLINGS, spellings

Change = Callable[[Resource], Resource]
DAY_LENGTH = len("2026-06-15")
TIMES = ("T12:00:00Z", "T12:00:00+02:00", "T11:30:00.000-05:00")
MOMENTS = frozenset({"recordedDate", "authoredOn", "authored", "started"})
FORMS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("Condition", "onset"): ("DateTime", "Period", "String"),
    ("Condition", "abatement"): ("DateTime", "Period", "String"),
    ("Observation", "effective"): ("DateTime", "Period", "Instant", "Timing"),
    ("DiagnosticReport", "effective"): ("DateTime", "Period"),
    ("Procedure", "performed"): ("DateTime", "Period", "String"),
    ("ServiceRequest", "occurrence"): ("DateTime", "Period", "Timing"),
    ("Immunization", "occurrence"): ("DateTime", "String"),
}
"""Forms of a date by resource type and choice."""
SWAPS = {"left": "right", "links": "rechts", "linke": "rechte"}
SWAPS |= {right: left for left, right in SWAPS.items()}
SWAPS |= {word.capitalize(): other.capitalize() for word, other in SWAPS.items()}
ONE = (Side.LEFT, Side.RIGHT)
_SIDES = re.compile(
    r"\b(?:(?:left|right) (?:upper|lower) (?:quadrant|abdom)|left|right|links|rechts|linke|rechte)", re.IGNORECASE
)


def _rewritten(part: Any, change: Change) -> Any:  # noqa: ANN401 - any JSON
    """A copy of JSON, each object changed from inside out."""
    if isinstance(part, dict):
        return change({name: _rewritten(value, change) for name, value in part.items()})
    return [_rewritten(each, change) for each in part] if isinstance(part, list) else part


def reordered(chart: list[Resource], draw: Random) -> list[Resource]:
    """The chart with each concept's codings in another order."""

    def change(holder: Resource) -> Resource:
        for name in ("coding", "code"):
            if isinstance(holder.get(name), list):
                holder[name] = draw.sample(holder[name], len(holder[name]))
        return holder

    return [_rewritten(each, change) for each in chart]


def redated(chart: list[Resource], draw: Random) -> list[Resource]:
    """The chart with each day in another form."""

    def change(holder: Resource) -> Resource:
        kind = str(holder.get("resourceType"))
        for name, value in [*holder.items()]:
            if name in MOMENTS:
                holder[name] = _moment(draw, value)
            elif name == "period":
                holder[name] = {edge: _moment(draw, day) for edge, day in value.items()}
            elif forms := FORMS.get((kind, name.removesuffix("DateTime"))):
                del holder[name]
                holder |= _dated(draw, name.removesuffix("DateTime"), value, forms)
        return holder

    return [_rewritten(each, change) for each in chart]


def _moment(draw: Random, day: str) -> str:
    return day + draw.choice(("", *TIMES)) if len(day) == DAY_LENGTH else day


def _dated(draw: Random, name: str, day: str, forms: tuple[str, ...]) -> Resource:
    """A date in one form of a choice.

    An instant needs the day.
    """
    form = draw.choice([each for each in forms if each != "Instant" or len(day) == DAY_LENGTH])
    if form == "Period":
        return {f"{name}Period": {"start": _moment(draw, day), "end": _moment(draw, day)}}
    if form == "Timing":
        return {f"{name}Timing": {"event": [_moment(draw, day)]}}
    if form == "Instant":
        return {f"{name}Instant": day + draw.choice(TIMES)}
    return {f"{name}{form}": day if form == "String" else _moment(draw, day)}


def respelt(chart: list[Resource], draw: Random) -> list[Resource]:
    """The chart with each unit in another spelling."""

    def change(holder: Resource) -> Resource:
        unit = holder.get("unit")
        if unit not in SPELLINGS or "value" not in holder:
            return holder
        return {"value": holder["value"], **draw.choice(spellings(unit))}

    return [_rewritten(each, change) for each in chart]


def mirrored(chart: list[Resource], _draw: Random | None = None) -> list[Resource]:
    """The chart of the same patient seen in a mirror."""
    return [_rewritten(each, _mirrored) for each in chart]


def _mirrored(holder: Resource) -> Resource:
    """One object with its own code and words mirrored."""
    system, code = ALIASES.get(holder.get("system", ""), holder.get("system")), holder.get("code")
    found = dict(holder)
    if isinstance(code, str) and (other := mirror().get((str(system), code))):
        found["code"] = other
    for name in ("display", "text", "valueString"):
        if isinstance(found.get(name), str):
            found[name] = in_mirror(found[name])
    return found


def in_mirror(text: str) -> str:
    """A text with left and right exchanged.

    Quarters of the abdomen stay, because the liver does.
    """
    return _SIDES.sub(lambda match: SWAPS.get(match[0], match[0]), text)


@cache
def mirror() -> Mapping[tuple[str, str], str]:
    """The code of the other side by system and code."""
    rows = {(system, code): display for system, code, display in laterality()}
    for row in catalogue().rows:
        rows.setdefault((row.code.system.value, row.code.value), row.display)
    by_words = {(system, words.lower()): code for (system, code), words in rows.items()}
    found = {}
    for (system, code), words in rows.items():
        other = in_mirror(words.lower())
        if side_of_code(system, code) in ONE or (other != words.lower() and (system, other) in by_words):
            found[system, code] = by_words[system, other]
    return found
