"""FHIR R4 in and out, from pages to facts and from orders to requests.

Tests: tests/fhir.
"""
