"""Store of decisions and used tokens, shared by all workers.

Patients appear as keyed hashes only. It is imported only if there is a store.
Tests: tests/store, tests/security/test_token_replay.py.
"""
