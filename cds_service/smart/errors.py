"""Errors of a launch, a branch of cds_service.errors.

They must not name a launch, a code, a token or a user.
Tests: tests/smart/test_refusals.py, tests/api/test_error_responses.py. LaunchError 400 ├── UnknownEhr 400 ├──
LaunchStale 400 ├── AccessRefused 403 AccessExpired └── EhrFailed 502
"""

from cds_service.errors import CdsError


class LaunchError(CdsError):
    """A launch without its parameters.

    People see a page.
    """

    in_openapi = False
    code = "smart-launch"
    status = 400
    issue = "invalid"

    def __init__(self, message: str = "The launch needs `iss` and `launch`, each once.") -> None:
        super().__init__(message)


class UnknownEhr(LaunchError):
    """The launch names an unregistered FHIR server."""

    code = "smart-unknown"
    issue = "security"

    def __init__(self) -> None:
        super().__init__("`iss` is not a FHIR server of a client with a SMART app.")


class LaunchStale(LaunchError):
    """The answer belongs to no pending launch of this browser."""

    code = "smart-state"
    issue = "expired"

    def __init__(self) -> None:
        super().__init__("The launch is over, or began elsewhere. Open the page again from the chart.")


class AccessRefused(LaunchError):
    """The EHR or its user refused access to the chart."""

    code = "smart-refused"
    status = 403
    issue = "forbidden"

    def __init__(self, message: str = "Access to the chart was not granted.") -> None:
        super().__init__(message)


class AccessExpired(AccessRefused):
    """No valid token for the code."""

    code = "smart-token"

    def __init__(self) -> None:
        super().__init__("The EHR did not give access, or it has expired.")


class EhrFailed(LaunchError):
    """The EHR's authorization server failed or broke the standard."""

    code = "smart-server"
    status = 502
    issue = "transient"

    def __init__(self) -> None:
        super().__init__("The EHR's authorization server did not answer as it has to.")
