"""Searches for locations, and the bound that guides them."""

__all__: list[str] = []
