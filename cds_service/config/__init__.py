"""Settings of the service and their files."""
