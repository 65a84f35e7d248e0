"""Lymph nodes and the arm: the rules REG-1 to REG-4.

Must not hold numbers or codes: they stand in rule.toml and codes.csv.
Tests: rules/regional/cases.yaml.
"""
