"""Checks of the parts of cards and of system actions.

Tests: tests/conformance/test_broken_services.py.
"""

from collections.abc import Iterator

from cds_service.conformance.checks.cards import Part, Problems, of_cards, without_cards
from cds_service.conformance.checks.elements import (
    REVERSE_DOMAIN,
    is_absolute,
    missing_texts,
    mistyped,
    uncoded,
    unknown,
)
from cds_service.conformance.model import Check, Finding, Level, NotApplicable, Right, Wrong, judged
from cds_service.conformance.record import Record, listed
from cds_service.conformance.text import quoted

BEHAVIOURS = ("at-most-one", "any")
TYPES = ("create", "update", "delete")
SUGGESTION = frozenset({"label", "uuid", "isRecommended", "actions", "actionSelectionBehavior", "extension"})
ACTION = frozenset({"type", "description", "resource", "resourceId", "extension"})
LINK = frozenset({"label", "url", "type", "appContext", "autolaunchable", "extension"})
ARRAYS = ("suggestions", "links", "overrideReasons")


def system_actions(record: Record) -> Finding:
    """Judge that system actions are an array of actions."""
    found = _system_actions(record)
    if not found:
        return NotApplicable("no systemActions were seen")
    problems = [f"{path} is {quoted(each)}" for path, each in found.items() if not isinstance(each, list)]
    actions = [(f"{path}[{n}]", a) for path, each in found.items() for n, a in enumerate(listed(each))]
    return judged(problems + [p for path, action in actions for p in _action(action, path, described=False)])


def no_system_actions(record: Record) -> Finding:
    """Judge that a client without an agreement gets no system actions."""
    found = [path for path, each in _system_actions(record).items() if isinstance(each, list)]
    return Wrong(f"{found[0]} was sent to a client with whom nothing was agreed") if found else Right()


def extensions(record: Record) -> Finding:
    """Judge that the extensions of answers and cards are objects."""
    if not record.answers:
        return without_cards(record)
    found = [(path, each) for path, each in _extended(record) if not isinstance(each, dict)]
    return judged([f"{path}.extension is {quoted(each)}" for path, each in found])


def extension_names(record: Record) -> Finding:
    """Judge that keys of extensions are named after a domain."""
    objects = [(path, each) for path, each in _extended(record) if isinstance(each, dict)]
    if not objects:
        return NotApplicable("no extension was seen")
    strange = [(path, key) for path, each in objects for key in each if not REVERSE_DOMAIN.fullmatch(key)]
    return judged([f"{path}.extension has the key {quoted(key)}" for path, key in strange])


def _system_actions(record: Record) -> dict[str, object]:
    found = {f"{name} systemActions": answer.get("systemActions") for name, answer in record.answers.items()}
    return {path: each for path, each in found.items() if each not in (None, [])}


def _extended(record: Record) -> Iterator[tuple[str, object]]:
    parts = [*record.answers.items(), *record.cards.items()]
    parts += [inner for path, card in record.cards.items() for inner in _inner_parts(card, path)]
    return ((path, part["extension"]) for path, part in parts if part.get("extension") is not None)


def _inner_parts(card: Part, path: str) -> Iterator[tuple[str, Part]]:
    if isinstance(card.get("source"), dict):
        yield f"{path}.source", card["source"]
    for name in ARRAYS:
        yield from _objects(card, name, path)
    for place, suggestion in _objects(card, "suggestions", path):
        yield from _objects(suggestion, "actions", place)


def _objects(part: Part, name: str, path: str) -> Iterator[tuple[str, Part]]:
    for place, each in enumerate(listed(part.get(name))):
        if isinstance(each, dict):
            yield f"{path}.{name}[{place}]", each


def _of(name: str, problems: Problems) -> Problems:
    """Return the faults of each object in an array of a card."""

    def found(card: Part, path: str) -> Iterator[str]:
        for place, each in _objects(card, name, path):
            yield from problems(each, place)

    return found


def _of_actions(problems: Problems) -> Problems:
    def found(suggestion: Part, path: str) -> Iterator[str]:
        for place, each in _objects(suggestion, "actions", path):
            yield from problems(each, place)

    return _of("suggestions", found)


def _arrays(card: Part, path: str) -> Iterator[str]:
    """Yield faulty arrays of a card and its suggestions."""
    places = [(card, name, path) for name in ARRAYS]
    places += [(each, "actions", place) for place, each in _objects(card, "suggestions", path)]
    for part, name, place in places:
        value = part.get(name)
        if value is not None and not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
            yield f"{place}.{name} is {quoted(value)}"


def _label(suggestion: Part, path: str) -> Iterator[str]:
    return missing_texts(suggestion, ("label",), path)


def _behaviour(card: Part, path: str) -> Iterator[str]:
    behaviour = card.get("selectionBehavior")
    if (card.get("suggestions") or behaviour is not None) and behaviour not in BEHAVIOURS:
        yield f"{path}.selectionBehavior is {quoted(behaviour)}"


def _recommended(card: Part, path: str) -> Iterator[str]:
    suggestions = list(_objects(card, "suggestions", path))
    for place, each in suggestions:
        yield from mistyped(each, "isRecommended", bool, place)
    chosen = sum(each.get("isRecommended") is True for _, each in suggestions)
    if chosen > 1 and card.get("selectionBehavior") == "at-most-one":
        yield f"{path}: {chosen} suggestions are recommended where at most one can be chosen"


def _action(action: object, path: str, *, described: bool = True) -> Iterator[str]:
    if not isinstance(action, dict):
        yield f"{path} is {quoted(action)}"
        return
    if action.get("type") not in TYPES:
        yield f"{path}.type is {quoted(action.get('type'))}"
    if described:
        yield from missing_texts(action, ("description",), path)


def _resource(action: Part, path: str) -> Iterator[str]:
    resource = action.get("resource")
    needed = str(action.get("type")).lower() in ("create", "update")
    if resource is None and not needed:
        return
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        yield f"{path}.resource is {quoted(resource)}, no FHIR JSON"


def _deletion(action: Part, path: str) -> Iterator[str]:
    if action.get("type") == "delete" and not isinstance(action.get("resourceId"), str | list):
        yield f"{path} deletes without resourceId"


def _action_behaviour(suggestion: Part, path: str) -> Iterator[str]:
    if suggestion.get("actionSelectionBehavior") is not None:
        yield f"{path}.actionSelectionBehavior was sent to a client that may not know it"


def _reason(reason: Part, path: str) -> Iterator[str]:
    return uncoded(reason, ("code", "system", "display"), path)


def _link(link: Part, path: str) -> Iterator[str]:
    yield from missing_texts(link, ("label",), path)
    if link.get("type") not in ("absolute", "smart"):
        yield f"{path}.type is {quoted(link.get('type'))}"
    if not is_absolute(link.get("url")):
        yield f"{path}.url is {quoted(link.get('url'))}"


def _app_context(link: Part, path: str) -> Iterator[str]:
    yield from mistyped(link, "appContext", str, path)
    if link.get("appContext") is not None and link.get("type") == "absolute":
        yield f"{path} has an appContext, but opens no SMART app"


def _autolaunch(link: Part, path: str) -> Iterator[str]:
    return mistyped(link, "autolaunchable", bool, path)


def _names(card: Part, path: str) -> Iterator[str]:
    for name, known in (("suggestions", SUGGESTION), ("links", LINK)):
        for place, each in _objects(card, name, path):
            yield from unknown(each, known, place)
    for place, each in _objects(card, "suggestions", path):
        for action_place, action in _objects(each, "actions", place):
            yield from unknown(action, ACTION, action_place)


SHALL, SHOULD = Level.SHALL, Level.SHOULD
ACTIONS, LINKS, REASONS = ("suggestions", "actions"), "links", "overrideReasons"
BEHAVIOUR = of_cards(_behaviour, "suggestions")
LABEL = of_cards(_of("suggestions", _label), "suggestions")
RECOMMENDED = of_cards(_recommended, "suggestions", "isRecommended")
ACTION_FORM = of_cards(_of_actions(_action), *ACTIONS)
RESOURCE = of_cards(_of_actions(_resource), *ACTIONS)
DELETION = of_cards(_of_actions(_deletion), *ACTIONS)
ACTION_BEHAVIOUR = of_cards(_of("suggestions", _action_behaviour), "suggestions")
REASON = of_cards(_of(REASONS, _reason), REASONS)
LINK_FORM = of_cards(_of(LINKS, _link), LINKS)
APP_CONTEXT = of_cards(_of(LINKS, _app_context), LINKS, "appContext")
AUTOLAUNCH = of_cards(_of(LINKS, _autolaunch), LINKS, "autolaunchable")
CHECKS = (
    Check("C11", (66,), SHALL, "1.0", "Suggestions come with selectionBehavior any or at-most-one.", BEHAVIOUR),
    Check("C13", (69,), SHALL, "1.0", "A suggestion has a label.", LABEL),
    Check("C13.arrays", (65, 67, 68, 72), SHALL, "1.0", "Parts of cards are arrays of objects.", of_cards(_arrays)),
    Check("C14", (71,), SHALL, "2.0", "Where one can be chosen, one at most is recommended.", RECOMMENDED),
    Check("C15", (74, 75), SHALL, "1.0", "An action has a type in lower case and a description.", ACTION_FORM),
    Check("C15.resource", (5, 76), SHALL, "1.0", "What is created or updated is FHIR JSON.", RESOURCE),
    Check("C15.delete", (77,), SHOULD, "2.0", "What is deleted is named by resourceId.", DELETION),
    Check("C17", (73,), SHALL, "3.0b", "No actionSelectionBehavior for unknown clients.", ACTION_BEHAVIOUR),
    Check("C18", (67, 85), SHALL, "2.0", "Override reasons have code, system and display.", REASON),
    Check("C19", (78,), SHALL, "1.0", "Links have label, absolute URL and a type.", LINK_FORM),
    Check("C19.context", (79,), SHALL, "1.0", "appContext is text and for SMART apps only.", APP_CONTEXT),
    Check("C19.auto", (80,), SHALL, "2.0", "autolaunchable is true or false.", AUTOLAUNCH),
    Check("C01", (81,), SHALL, "2.0", "systemActions is an array of actions.", system_actions),
    Check("C24", (81,), SHOULD, "2.0", "No systemActions without agreement.", no_system_actions),
    Check("C23.parts", (82,), SHALL, "1.0", "Parts of cards have no elements of their own making.", of_cards(_names)),
    Check("C23.extension", (82, 84), SHALL, "1.0", "Extensions are objects.", extensions),
    Check("C23.keys", (82, 84), SHOULD, "1.0", "Extensions are named after a domain, reversed.", extension_names),
)
