"""`make load` and `make soak`: what the service does under load, each promise measured on a running service.

It calls servers that it starts itself on loopback, and never changes the service.
Its charts are the bench's; what it measures is held without a clock in tests/service.
"""
