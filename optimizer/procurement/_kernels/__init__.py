"""Compiled parts of purchasing."""

__all__: list[str] = []
