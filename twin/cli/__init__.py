"""The command line: one module a command group; clocks, seeds and progress live here."""

__all__: list[str] = []
