"""What the clinician sees: assessments turned into cards and orders, as text and codes, without FHIR.

Must not read the clock or the network, nor show record text except through cards.markdown.
Tests: tests/cards.
"""
