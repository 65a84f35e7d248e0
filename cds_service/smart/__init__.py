"""The evidence view as a SMART app: opened by the EHR, it reads one chart with the user's own token and keeps nothing.

Must not be imported where no client has a SMART app; nothing of a patient or a token outlives a request.
Tests: tests/smart/.
"""
