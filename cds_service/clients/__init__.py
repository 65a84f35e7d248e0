"""Who may call: the registry of EHR clients, and the gate that a call passes before its body is read.

It must not read a body, nor know what is asked.
Tests: tests/security/test_clients.py, tests/clients/test_authentication.py.
"""
