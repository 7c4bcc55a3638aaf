"""Readers of routing problems, and routes as text."""

__all__: list[str] = []
