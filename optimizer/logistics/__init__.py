"""Planning problems of moving goods: distribution over a network."""

__all__: list[str] = []
