"""Egress, tokens, keys and URLs.

A token, a URL or a body must not be logged, kept or printed.
Tests: tests/security.
"""
