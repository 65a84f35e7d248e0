"""Liver (LIVER-1 to LIVER-5).

Tests: rules/liver/cases.yaml.
"""
