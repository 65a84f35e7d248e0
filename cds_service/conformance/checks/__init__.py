"""Checks by group, as tables of requirements and judges of exchanges.

Tests: tests/conformance/test_broken_services.py.
"""
