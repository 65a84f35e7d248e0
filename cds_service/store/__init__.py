"""What the service keeps between calls, in tables that all workers share.

Patients must not appear in it but as keyed hashes. It is imported only where a store is kept.
Tests: tests/store, tests/security/test_token_replay.py.
"""
