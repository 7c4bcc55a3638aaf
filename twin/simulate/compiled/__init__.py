"""The compiled engine: simulates a network as the reference does, much faster."""

__all__: list[str] = []
