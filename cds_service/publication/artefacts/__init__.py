"""The knowledge as FHIR R4 artefacts, made from rules/.

Tests: tests/publication/test_artefacts.py, tests/fhir/test_value_sets.py.
"""
