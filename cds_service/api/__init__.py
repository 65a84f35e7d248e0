"""The HTTP endpoints: discovery, the call, feedback, health, and what holds for all of them.

They must not read FHIR or know medicine: they pass bytes to a hook and bytes back.
Tests: tests/service.
"""
