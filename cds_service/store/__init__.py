"""What the service keeps between calls, in tables that all workers share.

It must not hold anything of a patient. It is imported only where there is a clients registry.
Tests: tests/security/test_replay.py.
"""
