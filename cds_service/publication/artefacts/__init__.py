"""The knowledge as FHIR R4 artefacts: value sets, activity and plan definitions, and a library of them all.

They must not hold knowledge of their own: they are made from the files under rules/.
Tests: tests/publication/test_artefacts.py, tests/fhir/test_value_sets.py.
"""
