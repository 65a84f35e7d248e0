"""Liver: the rules LIVER-1 to LIVER-5.

Must not hold numbers or codes: they stand in rule.toml and codes.csv.
Tests: rules/liver/cases.yaml.
"""
