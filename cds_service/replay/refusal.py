"""Why a call can't be answered again.

It must not hold anything of the patient.
Tests: tests/service/test_replay.py.
"""


class CannotReplay(Exception):
    """The message is a sentence for whoever asked."""
