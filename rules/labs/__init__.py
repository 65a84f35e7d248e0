"""Laboratory values against their limits (rules.md section 7).

Must not decide a card level.
Tests: tests/rules/test_labs.py, rules/labs/cases.yaml.
"""
