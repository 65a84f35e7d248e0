"""Searchset Bundles and the summaries of their resources."""
