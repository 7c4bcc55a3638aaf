"""A running service, and clients that ask it."""
