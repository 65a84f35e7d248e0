"""Kinds of EHR: what each is asked, how its cards look, and what its analysts have to be told; one TOML file each.

It must not hold what belongs to one site: the clients registry does.
Tests: tests/profiles/test_profiles.py.
"""
