"""Readers of the forms that lot-sizing problems come in."""

__all__: list[str] = []
