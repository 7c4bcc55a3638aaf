"""The search for good plans: a start, and better plans from the one at hand."""

__all__: list[str] = []
