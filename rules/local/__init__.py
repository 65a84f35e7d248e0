"""Breast and chest wall: the rules LOC-1 to LOC-10.

Must not hold numbers or codes: they stand in rule.toml and codes.csv.
Tests: rules/local/cases.yaml.
"""
