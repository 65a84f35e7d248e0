"""Cards and orders for clinicians, made from assessments.

Record text reaches a card only through cards.markdown.
Tests: tests/cards.
"""
