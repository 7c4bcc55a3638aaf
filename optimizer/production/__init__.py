"""Planning problems of making goods: detailed schedules of a shop."""

__all__: list[str] = []
