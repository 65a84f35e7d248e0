"""When a record counts as evidence (EV-1 to EV-10).

Must not know any single rule.
Tests: tests/rules/test_evidence.py, rules/evidence/cases.yaml.
"""
