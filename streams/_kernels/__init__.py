"""Compiled loops over bytes and columns."""

__all__: list[str] = []
