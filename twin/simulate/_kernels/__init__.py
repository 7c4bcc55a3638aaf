"""Compiled random numbers."""

__all__: list[str] = []
