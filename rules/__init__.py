"""The clinical knowledge: which findings after breast cancer speak for a recurrence work-up, and how urgent it is.

Must not import anything but the standard library, nor read the clock or the network.
Tests: tests/rules, and the cases.yaml beside every rule.
"""
