"""Searches for shipments, and the bound they begin from."""

__all__: list[str] = []
