"""One module for each migration.

It must not import the present tables, because a migration never changes.
Tests: tests/security/test_token_replay.py.
"""
