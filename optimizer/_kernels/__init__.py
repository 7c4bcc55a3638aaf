"""What the compiled code of the planning problems shares."""

__all__: list[str] = []
