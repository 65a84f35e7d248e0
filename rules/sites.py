"""Sites of recurrence with folders, topics and card order.

Tests: tests/rules/test_registry.py, tests/rules/test_sites.py.
"""

from dataclasses import dataclass
from enum import StrEnum


class Site(StrEnum):
    """Sites of recurrence as the trace names them."""

    LOCAL = "local"
    REGIONAL = "regional-node"
    BRAIN = "brain"
    BONE = "bone"
    LIVER = "liver"
    LUNG = "lung"


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site with its names and card order."""

    site: Site
    folder: str
    """Folder of its knowledge in `rules/`."""
    topic: str
    """`source.topic.code` of its card.

    It has letters only, because an EHR accepts nothing else.
    """
    order: int
    """Place among cards of one level, the most urgent first."""


SITES = (
    SiteRow(Site.LOCAL, folder="local", topic="local", order=6),
    SiteRow(Site.REGIONAL, folder="regional", topic="regionalnode", order=5),
    SiteRow(Site.BRAIN, folder="brain", topic="brain", order=1),
    SiteRow(Site.BONE, folder="bone", topic="bone", order=2),
    SiteRow(Site.LIVER, folder="liver", topic="liver", order=4),
    SiteRow(Site.LUNG, folder="lung", topic="lung", order=3),
)
LOCOREGIONAL = frozenset({Site.LOCAL, Site.REGIONAL})
CARD_ORDER = tuple(row.site for row in sorted(SITES, key=lambda row: row.order))
FOLDERS = ("gate", "evidence", "weight", "labs", "workup", *(row.folder for row in SITES))
"""Every folder with a codes.csv, in reading order."""
_ROWS = {row.site: row for row in SITES}


def folder_of(site: Site) -> str:
    """Return the folder of a site's knowledge."""
    return _ROWS[site].folder


def topic_of(site: Site) -> str:
    """Return the topic code of a site's card."""
    return _ROWS[site].topic
