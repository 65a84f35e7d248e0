"""Bone, spinal cord and marrow (BONE-1 to BONE-6).

Tests: rules/bone/cases.yaml.
"""
