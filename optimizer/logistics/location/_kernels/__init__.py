"""Compiled parts of the search for locations."""

__all__: list[str] = []
