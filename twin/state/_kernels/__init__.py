"""Compiled transitions of state."""

__all__: list[str] = []
