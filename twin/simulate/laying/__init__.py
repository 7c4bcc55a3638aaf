"""Makes layouts of networks."""

__all__: list[str] = []
