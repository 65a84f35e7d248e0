"""HTTP endpoints for discovery, calls, feedback and health.

Tests: tests/service.
"""
