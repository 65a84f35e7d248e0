"""The knowledge as FHIR R4 artefacts: value sets, activity and plan definitions, and a library of them all.

They must not hold knowledge of their own: they are made from the files under rules/.
Tests: tests/service/test_artefacts.py, tests/service/test_value_sets.py.
"""
