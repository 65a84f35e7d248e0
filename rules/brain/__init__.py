"""Brain: the rules BRAIN-1 to BRAIN-6.

Must not hold numbers or codes: they stand in rule.toml and codes.csv.
Tests: rules/brain/cases.yaml.
"""
