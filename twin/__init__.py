"""The product: a live twin of a factory network, its simulation, planning and loop."""

__all__: list[str] = []
