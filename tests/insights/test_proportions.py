"""Shares and their intervals."""

import pytest

from cds_service.insights.proportions import proportion_of


@pytest.mark.parametrize(
    "part, whole, low, high",
    [(0, 10, 0.0, 27.75), (10, 10, 72.25, 100.0), (5, 10, 23.66, 76.34), (81, 263, 25.53, 36.62), (1, 1, 20.65, 100.0)],
)
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    """Published values; near 0 and 100 it stays within them."""
    share = proportion_of(part, whole, least=1)

    assert share
    assert (share.percent, share.low, share.high) == pytest.approx((100 * part / whole, low, high), abs=0.005)


def test_too_few_have_no_share() -> None:
    """Nineteen of nineteen say less than they seem to; none of none says nothing."""
    assert proportion_of(19, 19, least=20) is None
    assert proportion_of(20, 20, least=20) is not None
    assert proportion_of(0, 0, least=0) is None
