"""Texts of the sheets with their numbers filled in.

They must not hold a number themselves.
Tests: tests/rules/explain/test_prose.py.
"""

import re
from decimal import Decimal

from rules.codes import KnowledgeError
from rules.sheet import RuleInfo, sheet

_NAMED = re.compile(r"\{(?:([a-z]+)\.)?([a-z0-9_]+)(%?)\}")
_HUNDRED = Decimal(100)


def filled(folder: str, text: str) -> str:
    """Return a text with `{name}`, `{folder.name}` and `{name%}` filled in."""

    def number(match: re.Match[str]) -> str:
        limits = sheet(match[1] or folder).limits
        if match[2] not in limits:
            message = f"rules/{match[1] or folder}/rule.toml has no limit {match[2]}, which a text of {folder} names"
            raise KnowledgeError(message)
        value = limits[match[2]].value
        return f"{(value * _HUNDRED).normalize():f} %" if match[3] else f"{value:f}"

    return _NAMED.sub(number, text.strip())


def logic(folder: str, info: RuleInfo) -> str:
    """Return the logic of a rule in words.

    Lines with a dash form a list.
    """
    return filled(folder, info.logic)
