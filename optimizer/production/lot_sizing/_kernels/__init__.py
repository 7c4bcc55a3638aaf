"""Compiled searches of lot sizing."""

__all__: list[str] = []
