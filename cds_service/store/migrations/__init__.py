"""Migrations of the tables in Alembic's form.

A released migration must not be changed.
Tests: tests/store/test_schema.py.
"""
