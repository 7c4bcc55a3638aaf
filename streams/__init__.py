"""Bytes in, ordered columnar event batches out."""

__all__: list[str] = []
