"""The command line: one module a command group; clocks and seeds are made here."""

__all__: list[str] = []
