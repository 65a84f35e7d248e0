"""The sources of one call, prefetched, fetched or recorded."""
