"""The service: CDS Hooks at one edge, FHIR at the other; everything that touches network, clock or disk.

It must not hold clinical knowledge: that is `rules`, and what the clinician reads is `cards`.
Tests: tests/service, tests/security.
"""
