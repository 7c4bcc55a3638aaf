"""A validated problem in, a checked solution out."""

__all__: list[str] = []
