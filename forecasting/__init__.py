"""Panels of series in, quantiles of summed demand out."""

__all__: list[str] = []
