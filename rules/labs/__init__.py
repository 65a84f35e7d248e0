"""Laboratory values against their limits (LAB-1).

Must not decide a card level.
Tests: tests/rules/test_labs.py, rules/labs/cases.yaml.
"""
