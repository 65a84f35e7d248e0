"""Labels of a resource or Bundle that say that parts are missing.

Tests: tests/fhir/test_completeness.py.
"""

import re

import msgspec
from msgspec import Raw

from cds_service.fhir.elements.modifiers import LABELS
from cds_service.fhir.pages.summary import ABSENT, Coding, Lenient


class _Meta(msgspec.Struct, gc=False):
    tag: list[Coding] | None = None
    security: list[Coding] | None = None


class _Labelled(msgspec.Struct, gc=False):
    meta: Raw = ABSENT


_END = re.compile(b'ED"')
"""End of every label, looked for first."""
_META = Lenient(_Meta)
_LABELLED = Lenient(_Labelled)


def label_of(meta: Raw | None) -> str | None:
    """Return what the labels of a meta element say, or None."""
    found = None if meta is None or meta is ABSENT else _META.read(meta)
    if found is None:
        return None
    codes = [LABELS.get(coding.code or "") for coding in (*(found.tag or ()), *(found.security or ()))]
    return next((said for said in codes if said is not None), None)


def label_in(resource: Raw) -> str | None:
    """Return what the labels of a resource say, or None."""
    found = _LABELLED.read(resource)
    return None if found is None else label_of(found.meta)


def may_be_labelled(source: bytes | Raw) -> bool:
    """Return True if a text may hold such a label."""
    if _END.search(memoryview(source)) is None:
        return False
    whole = bytes(source)
    return any(code.encode() in whole for code in LABELS)
