"""Made-up machines that wear, and say so."""

import numpy as np
import pytest

from forecasting.failure.readings import Readings

SENSORS = ("load", "heat", "noise")


def worn(n_units, seed, *, still=False):
    """Units whose heat rises towards the end; noise says nothing.

    Wear begins late: fifty to a hundred cycles before the end.
    """
    rng = np.random.default_rng(seed)
    lives = rng.integers(60, 160, n_units)
    cycle = np.concatenate([np.arange(1.0, n + 1.0) for n in lives])
    left = np.concatenate([np.arange(n)[::-1] for n in lives]).astype(float)
    heat = 50.0 + np.exp((60.0 - left) / 15.0) + rng.normal(0.0, 0.8, len(left))
    values = np.column_stack(
        (rng.normal(7.0, 0.1, len(left)), heat, rng.normal(size=len(left)))
    )
    if still:
        values[:, 2] = 3.0
    return Readings(
        units=tuple(f"m{k}" for k in range(n_units)),
        sensors=SENSORS,
        offsets=np.concatenate(([0], np.cumsum(lives))).astype(np.int64),
        cycle=cycle,
        values=values,
    )


@pytest.fixture(scope="session")
def machines():
    return worn


@pytest.fixture(scope="session")
def failed():
    """Forty units that ran to their failure."""
    return worn(40, 0)
