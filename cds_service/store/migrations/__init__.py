"""The steps by which the tables came to be as they are, in Alembic's form.

A step that was released must not be changed: the next one changes what it made.
Tests: tests/store/test_schema.py.
"""
