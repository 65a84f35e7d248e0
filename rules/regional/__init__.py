"""Lymph nodes and the arm (REG-1 to REG-4).

Tests: rules/regional/cases.yaml.
"""
