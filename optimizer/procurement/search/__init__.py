"""Searches: a dual bound, a descent over items, and lateness by chance."""

__all__: list[str] = []
