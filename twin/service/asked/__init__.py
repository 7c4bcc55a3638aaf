"""What can be asked for as a job, one module a kind."""

__all__: list[str] = []
