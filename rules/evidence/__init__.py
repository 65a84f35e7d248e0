"""When a record counts as evidence (rules.md section 3, EV-1 to EV-10).

Must not know any single rule.
Tests: tests/rules/test_evidence.py, rules/evidence/cases.yaml.
"""
