"""Scheduling: public instances, generated ones, and who else solves them."""

__all__: list[str] = []
