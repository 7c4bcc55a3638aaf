"""Compiled proofs that rules contradict each other."""

__all__: list[str] = []
