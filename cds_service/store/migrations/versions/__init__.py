"""One module a step, named after what it adds.

It must not import the tables as they are today: a step stays what it was.
Tests: tests/security/test_token_replay.py.
"""
