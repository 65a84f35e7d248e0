"""A call that is answered again, as it was then: for whoever has to explain an answer.

It must not ask a FHIR server, nor write to the store.
Tests: tests/replay/test_replay.py.
"""
