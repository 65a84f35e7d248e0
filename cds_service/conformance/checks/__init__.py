"""The checks, one module a group: tables of requirements, and small functions that judge what was recorded.

They must not call anybody.
Tests: tests/conformance/test_broken_services.py.
"""
