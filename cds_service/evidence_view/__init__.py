"""The evidence view: one page per patient that shows why, with what was read and what was not.

Must not judge, fetch, or keep anything of a patient: it shows what the rules saw.
Tests: tests/evidence_view/.
"""
