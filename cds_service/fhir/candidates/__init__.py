"""Resources of a chart that may become evidence."""
