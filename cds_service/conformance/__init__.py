"""Conformance of any CDS Hooks service, judged from outside.

Tests: tests/conformance.
"""
