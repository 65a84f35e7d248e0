"""Validation errors of the registry in words.

The written value must not be shown, because it may be a key.
Tests: tests/security/test_clients.py.
"""

from pydantic import BaseModel
from pydantic_core import ErrorDetails

UNKNOWN = "extra_forbidden"
WORDS = {
    "missing": "is missing",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "too_short": "must not be empty",
    "value_error": "can't be used",
    "string_pattern_mismatch": "must be of a-z, 0-9 and -",
}
OTHER = "can't be used"


def describe_error(model: type[BaseModel], fault: ErrorDetails) -> str:
    """Return one mistake with its key, fault and remedy."""
    names = [step for step in fault["loc"] if isinstance(step, str) and step in model.model_fields]
    name = names[0] if names else str(fault["loc"][-1]) if fault["loc"] else "the entry"
    if fault["type"] == UNKNOWN:
        return f"{name} is not known here; known are {', '.join(model.model_fields)}"
    advice = _advice(model, name, fault)
    return f"{name} {WORDS.get(fault['type'], OTHER)}{advice}"


def _advice(model: type[BaseModel], name: str, fault: ErrorDetails) -> str:
    if fault["type"] == "value_error":
        return f": {fault['msg'].removeprefix('Value error, ')}"
    if fault["type"] == "literal_error":
        return f": write {fault['ctx']['expected']}"
    field = model.model_fields.get(name)
    examples = field.examples if field is not None else None
    return f": write {name} = {examples[0]}" if examples else ""
