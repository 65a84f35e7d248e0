"""The service between CDS Hooks and FHIR, with network, clock and disk.

Clinical knowledge is in `rules`, the clinician's text in `cards`.
Tests: tests/service, tests/security.
"""
