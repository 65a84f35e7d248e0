"""Scope and disease state (GATE-1 to GATE-4, STATE-1 to STATE-8).

Tests: tests/rules/test_gate.py, rules/gate/cases.yaml.
"""
