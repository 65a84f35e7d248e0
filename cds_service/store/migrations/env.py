"""Alembic's environment on a given connection and transaction.

Tests: tests/store/test_schema.py.
"""

from alembic import context

from cds_service.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
