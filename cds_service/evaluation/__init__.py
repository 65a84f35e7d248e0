"""From a chart to an assessment, its cards and the response."""
