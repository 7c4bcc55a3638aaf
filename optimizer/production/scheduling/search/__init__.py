"""Searches of our own, each for one class of shops."""

__all__: list[str] = []
