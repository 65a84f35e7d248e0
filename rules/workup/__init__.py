"""Work-up keys with their codes and exclusions.

Tests: tests/rules/test_workup.py.
"""
