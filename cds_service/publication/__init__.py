"""The knowledge as pages and documents.

Every statement must come from rules/ or the words of the cards.
Tests: tests/docs/test_publications.py, tests/api/test_about_page.py.
"""
