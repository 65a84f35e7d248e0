"""Profiles of EHR kinds, one TOML file each.

Tests: tests/profiles/test_profiles.py.
"""
