"""Measured loss of weight (WEIGHT-1), used by LIVER-2.

Tests: tests/rules/test_weight.py, rules/weight/cases.yaml.
"""
