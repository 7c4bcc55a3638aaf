"""Compiled loops: whole panels in, arrays out, no Python objects."""

__all__: list[str] = []
