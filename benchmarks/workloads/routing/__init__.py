"""Routing: public instances, and who else solves them."""

__all__: list[str] = []
