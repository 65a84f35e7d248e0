"""Measured loss of weight (WEIGHT-1), used by LIVER-2 and by the rules that combine it.

Must not decide a card level.
Tests: tests/rules/test_weight.py, rules/weight/cases.yaml.
"""
