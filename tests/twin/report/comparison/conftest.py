"""A comparison of made-up branches, with every verdict in it."""

import dataclasses
import math

import numpy as np
import pytest

from twin.report.comparison import (
    Band,
    BandPanel,
    BranchText,
    ComparisonData,
    Estimate,
    MeasureData,
)

DAY_US = 86_400_000_000
N_DAYS, N_RUNS = 10, 12
VERDICTS = ("better", "worse", "changed", "same", "unclear")


def measure(name, mean, rng, *, better="high", unit="EUR"):
    gains = (0.1 * mean, -0.2 * mean, 0.15 * mean, 0.0, 0.01 * mean)
    widths = (0.02 * mean, 0.05 * mean, 0.04 * mean, 0.0, 0.03 * mean)
    others = [
        Estimate(mean + gain, 0.04 * mean, gain, width, verdict)
        for gain, width, verdict in zip(gains, widths, VERDICTS, strict=True)
    ]
    base = Estimate(mean, 0.04 * mean)
    values = [rng.normal(one.mean, 0.1 * mean, N_RUNS) for one in (base, *others)]
    return MeasureData(
        name, (base, *others), tuple(values), unit, better, "What it counts."
    )


def panel(name, unit, rng):
    times_us = DAY_US * np.arange(1, N_DAYS + 1)
    means = [np.cumsum(rng.normal(1, 2, N_DAYS)) + 50 for _ in range(6)]
    return BandPanel(name, unit, tuple(Band(times_us, m - 5, m, m + 5) for m in means))


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    return ComparisonData(
        title="What if: many things",
        subtitle="12 futures",
        branches=(
            BranchText("base", "Nothing is changed."),
            *(BranchText(f"is {v}", "A word.", (f"{v}: 1 to 2",)) for v in VERDICTS),
        ),
        measures=(
            measure("Result", 8e4, rng),
            measure("Fill rate", 91.0, rng, unit="%"),
            measure("Mean stock", 7e4, rng, better="low"),
            measure("Purchases", 7e4, rng, better="neither"),
            MeasureData("OEE", (Estimate(math.nan, math.nan),) * 6,
                        (np.full(3, np.nan),) * 6, "%"),
        ),
        panels=(panel("Stock", "EUR", rng), panel("Backlog", "", rng)),
        created_from={"network": "demo"},
    )  # fmt: skip


@pytest.fixture
def changed(data):
    """Make the same page with some parts replaced."""
    return lambda **parts: dataclasses.replace(data, **parts)


@pytest.fixture
def alone(data):
    """A page of the base alone, with nothing measured."""
    return ComparisonData(title="Nothing", branches=data.branches[:1])
