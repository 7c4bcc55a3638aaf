"""Situations at the first review of a network."""

import pytest

from twin.demand import MeanForecaster, law_means
from twin.judging import Situation


@pytest.fixture
def situation_of(folding, planner_of):
    """A situation after some events, of who knows the mean of demand."""

    def make(network, *events, horizon=8, dispersion=1.0):
        world = folding(network)
        _, state = world.fold(*((k, event) for k, event in enumerate(events)))
        forecaster = MeanForecaster(law_means(network), dispersion=dispersion)
        planner = planner_of(network)
        return Situation(planner, forecaster, state, world.as_of_us, horizon)

    return make
