"""The clinical rules for recurrence work-up after breast cancer.

Only the standard library may be imported; clock and network are out of reach.
Tests: tests/rules, and the cases.yaml beside every rule.
"""
