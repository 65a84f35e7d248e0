"""Explanations of rules and records for people."""
