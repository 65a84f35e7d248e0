"""Audit log of decisions, shown cards and feedback.

SQLAlchemy must not be imported here; cds_service.store implements the storage.
Tests: tests/audit.
"""
