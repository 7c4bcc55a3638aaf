"""Simulated networks: what would happen, as the events a real one would emit."""

__all__: list[str] = []
