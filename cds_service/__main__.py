"""`python -m cds_service`, the same command as `recurrence-cds`.

Tests: tests/cli/test_cli_serve.py.
"""

from cds_service.cli.main import main

if __name__ == "__main__":
    main()
