"""What stands between the service and others: the only client for FHIR servers.

It must not log, keep or print a token, a URL or a body.
Tests: tests/security.
"""
