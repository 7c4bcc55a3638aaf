"""Readers of the text formats that scheduling instances come in."""

__all__: list[str] = []
