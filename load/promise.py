"""A promise and what was measured of it: one row of docs/load.md.

It measures nothing.
Tests: every run of `make load` prints it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, what was measured, and whether it was kept; None for what is only told."""

    what: str
    measured: str
    wanted: str = "-"
    kept: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The row in words."""
        verdict = "-" if self.kept is None else "kept" if self.kept else "not kept"
        return (self.what, self.measured, self.wanted, verdict)


def at_most(what: str, figure: float, bound: float, unit: str) -> Promise:
    """A figure that must not be above a bound."""
    return Promise(what, f"{figure:,.1f} {unit}", f"<= {bound:,.1f} {unit}", kept=figure <= bound)


def at_least(what: str, figure: float, bound: float, unit: str) -> Promise:
    """A figure that must not be below a bound."""
    return Promise(what, f"{figure:,.2f} {unit}".rstrip(), f">= {bound:g} {unit}".rstrip(), kept=figure >= bound)
