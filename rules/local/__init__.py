"""Breast and chest wall (LOC-1 to LOC-10).

Tests: rules/local/cases.yaml.
"""
