"""The routes, one module an area."""

__all__: list[str] = []
