"""Branches of a what-if as one self-contained HTML page."""

from twin.report.comparison.data import (
    Band,
    BandPanel,
    BranchText,
    ComparisonData,
    Estimate,
    MeasureData,
    Words,
)
from twin.report.comparison.page import render, write

__all__ = [
    "Band",
    "BandPanel",
    "BranchText",
    "ComparisonData",
    "Estimate",
    "MeasureData",
    "Words",
    "render",
    "write",
]
