"""Compiled kernels of scheduling."""

__all__: list[str] = []
