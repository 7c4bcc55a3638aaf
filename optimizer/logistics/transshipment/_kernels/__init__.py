"""Compiled parts of the search for shipments."""

__all__: list[str] = []
