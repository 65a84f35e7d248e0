"""Whether a CDS Hooks service keeps to the standard, seen from outside: calls are made, recorded, and judged.

It must not know the service it runs against: it works for any, and imports nothing that answers calls.
Tests: tests/conformance.
"""
