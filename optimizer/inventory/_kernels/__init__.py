"""Compiled parts of inventory optimisation: arrays and numbers in and out."""

__all__: list[str] = []
