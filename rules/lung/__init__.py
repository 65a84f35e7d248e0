"""Lung: the rules LUNG-1 to LUNG-6.

Must not hold numbers or codes: they stand in rule.toml and codes.csv.
Tests: rules/lung/cases.yaml.
"""
