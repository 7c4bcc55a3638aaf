"""Live state of the network, folded from events."""

__all__: list[str] = []
