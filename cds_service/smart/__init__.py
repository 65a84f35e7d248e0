"""The evidence view as a SMART app with the user's own token.

Patient data and tokens must not outlive a request. It is imported only if a client has an app.
Tests: tests/smart/.
"""
