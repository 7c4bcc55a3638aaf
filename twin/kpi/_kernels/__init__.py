"""Compiled folds of measures."""

__all__: list[str] = []
