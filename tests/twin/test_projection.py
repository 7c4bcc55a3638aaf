import inspect

import pytest

from twin.health import HealthFeatures
from twin.model.edits import ModelEdits
from twin.projection import Projection
from twin.replay import PROJECTIONS
from twin.state.state import State

METHODS = [name for name in vars(Projection) if not name.startswith("_")]


def test_state_health_and_model_are_the_projections():
    assert set(PROJECTIONS) == {"state", "health", "model"}


@pytest.mark.parametrize("kind", [State, HealthFeatures, ModelEdits])
@pytest.mark.parametrize("name", METHODS)
def test_each_has_every_method_of_a_projection(kind, name):
    wanted = inspect.signature(getattr(Projection, name)).parameters
    assert list(inspect.signature(getattr(kind, name)).parameters) == list(wanted)
