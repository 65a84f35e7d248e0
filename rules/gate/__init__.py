"""Whether a patient is in scope, since when, and in which state (rules.md sections 1 and 2).

Must not judge symptoms.
Tests: tests/rules/test_gate.py, rules/gate/cases.yaml.
"""
