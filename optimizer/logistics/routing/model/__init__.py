"""The routing problem for PyVRP and OR-Tools: the only place that imports them."""

__all__: list[str] = []
