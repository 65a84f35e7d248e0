"""Whether a patient is in scope, since when, and in which state (GATE-1 to GATE-4, STATE-1 to STATE-8).

Must not judge symptoms.
Tests: tests/rules/test_gate.py, rules/gate/cases.yaml.
"""
