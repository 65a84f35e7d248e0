"""Lung and chest (LUNG-1 to LUNG-6).

Tests: rules/lung/cases.yaml.
"""
