"""Work-up keys: their codes, what is already done, what must wait in pregnancy.

Must not choose the keys of a site.
Tests: tests/rules/test_workup.py.
"""
