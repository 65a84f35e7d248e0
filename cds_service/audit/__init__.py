"""What the service remembers of its calls: decisions, the cards that were shown, and what became of them.

It must not import SQLAlchemy: cds_service.store keeps what is described here.
Tests: tests/audit.
"""
