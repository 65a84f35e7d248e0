"""FHIR R4 in and out: pages and resources to facts, orders to ServiceRequests.

Must not hold medicine: which codes matter is asked of `rules.codes`.
Tests: tests/service/test_bundle.py, tests/service/test_read.py, tests/service/test_chart.py, tests/service/test_write.py.
"""
