"""Detailed schedules of a shop: which machine does what, in which order, when."""

__all__: list[str] = []
