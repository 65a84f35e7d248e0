"""Bone, spinal cord and marrow: the rules BONE-1 to BONE-6.

Must not hold numbers or codes: they stand in rule.toml and codes.csv.
Tests: rules/bone/cases.yaml.
"""
