"""Evidence candidates, the resources of a chart with listed codes."""
