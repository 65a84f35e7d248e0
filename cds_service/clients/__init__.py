"""Registered EHR clients and their authentication.

Tests: tests/security/test_clients.py, tests/clients/test_authentication.py.
"""
