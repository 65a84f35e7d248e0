"""Settings of the service and the files that hold them."""
