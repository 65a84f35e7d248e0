"""The knowledge for people to read: the page behind a card, and the documents that `make docs` writes.

It must not say anything that does not stand in the files under rules/ or in the words of the cards.
Tests: tests/docs/test_publications.py, tests/api/test_about_page.py.
"""
