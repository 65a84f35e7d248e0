"""What the cards did: the figures of a report, from what the service remembers.

It must not import SQLAlchemy nor know a database: cds_service.store reads the rows that are described here.
Tests: tests/insights.
"""
