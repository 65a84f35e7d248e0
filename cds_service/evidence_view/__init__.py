"""The evidence view, one page per patient with findings and gaps.

Patient data must not be kept.
Tests: tests/evidence_view/.
"""
