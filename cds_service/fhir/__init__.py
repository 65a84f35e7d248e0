"""FHIR R4 in and out: pages and resources to facts, orders to ServiceRequests.

Must not hold medicine: which codes matter is asked of `rules.codes`.
Tests: tests/fhir.
"""
