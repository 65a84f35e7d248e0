"""Replay of an archived call by its decision.

Tests: tests/replay/test_replay.py.
"""
