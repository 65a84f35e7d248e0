"""Check of the knowledge files with file, line and remedy.

Tests: tests/cards/test_check.py.
"""

from cards.check.check import check_knowledge, check_versions
from cards.check.source import Mistake

__all__ = ["Mistake", "check_knowledge", "check_versions"]
