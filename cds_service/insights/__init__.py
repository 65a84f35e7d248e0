"""Insights, the figures of card outcomes.

cds_service.store reads the rows.
Tests: tests/insights.
"""
