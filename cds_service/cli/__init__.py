"""The command line, one module a command.

It must not hold a use case: a command reads its options and calls what does the work.
Tests: tests/cli/test_cli_serve.py, and beside each command's own.
"""
