"""Why the evidence view can't be opened from an EHR: a branch of the tree in cds_service.errors.

It must not name a launch, a code, a token or a user.
Tests: tests/smart/test_refusals.py, tests/api/test_error_responses.py.

    LaunchError 400
    ├── UnknownEhr 400
    ├── LaunchStale 400
    ├── AccessRefused 403        AccessExpired
    └── EhrFailed 502
"""

from cds_service.errors import CdsError


class LaunchError(CdsError):
    """The evidence view can't be opened from the EHR: people see a page that says so. This one lacks its parameters."""

    in_openapi = False
    code = "smart-launch"
    status = 400
    issue = "invalid"

    def __init__(self, message: str = "The launch needs `iss` and `launch`, each once.") -> None:
        super().__init__(message)


class UnknownEhr(LaunchError):
    """The launch names a FHIR server of no client that has a SMART app."""

    code = "smart-unknown"
    issue = "security"

    def __init__(self) -> None:
        super().__init__("`iss` is not a FHIR server of a client with a SMART app.")


class LaunchStale(LaunchError):
    """The answer of the EHR belongs to no launch of this browser that is under way."""

    code = "smart-state"
    issue = "expired"

    def __init__(self) -> None:
        super().__init__("The launch is over, or began elsewhere. Open the page again from the chart.")


class AccessRefused(LaunchError):
    """The EHR, or whoever is in front of it, said no to reading the chart."""

    code = "smart-refused"
    status = 403
    issue = "forbidden"

    def __init__(self, message: str = "Access to the chart was not granted.") -> None:
        super().__init__(message)


class AccessExpired(AccessRefused):
    """The EHR gave no token for the code, one that can't be used, or one that its FHIR server refuses."""

    code = "smart-token"

    def __init__(self) -> None:
        super().__init__("The EHR did not give access, or it has expired.")


class EhrFailed(LaunchError):
    """The EHR's authorization server can't be used: it does not answer, or not as the standard and the registry say."""

    code = "smart-server"
    status = 502
    issue = "transient"

    def __init__(self) -> None:
        super().__init__("The EHR's authorization server did not answer as it has to.")
