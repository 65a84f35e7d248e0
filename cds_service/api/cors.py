"""CORS headers for listed web pages.

An unlisted origin must get none, and credentials are never allowed.
Tests: tests/api/test_cors.py.
"""

from dataclasses import dataclass

from cds_service.security.urls import BaseUrl, parse_base

Headers = tuple[tuple[bytes, bytes], ...]

METHODS = b"GET, HEAD, POST, OPTIONS"
REQUEST_HEADERS = b"Accept, Accept-Language, Authorization, Cache-Control, Content-Language, Content-Type, Pragma"
SECONDS = b"600"
VARY: Headers = ((b"vary", b"Origin"),)


@dataclass(frozen=True, slots=True)
class Cors:
    """The listed origins.

    Starlette's own middleware would tell an unlisted page what a listed one may send, and leave an answer 500 bare.
    """

    origins: tuple[BaseUrl, ...]

    def headers(self, origin: bytes | None) -> Headers:
        """Return the headers for answers to this origin."""
        if origin is None or not self._is_listed(origin):
            return VARY
        return (*VARY, (b"access-control-allow-origin", origin))

    def preflight(self, origin: bytes, *, private_network: bool) -> Headers:
        """Return the preflight headers for this origin."""
        headers = self.headers(origin)
        if headers is VARY:
            return VARY
        private = ((b"access-control-allow-private-network", b"true"),) if private_network else ()
        return (
            *headers,
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", REQUEST_HEADERS),
            (b"access-control-max-age", SECONDS),
            *private,
        )

    def _is_listed(self, origin: bytes) -> bool:
        base = parse_base(origin.decode("latin-1"))
        return base is not None and not base.path and any(entry.contains(base) for entry in self.origins)
