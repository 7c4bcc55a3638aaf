"""The reference engine: SimPy's event calendar with queues of our own."""

__all__: list[str] = []
