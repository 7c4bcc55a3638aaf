import inspect

import pytest

from twin.health import HealthFeatures
from twin.model.edits import ModelEdits
from twin.projection import Projection
from twin.state.state import State

METHODS = [name for name in vars(Projection) if not name.startswith("_")]


@pytest.mark.parametrize("kind", [State, HealthFeatures, ModelEdits])
@pytest.mark.parametrize("name", METHODS)
def test_each_has_every_method_of_a_projection(kind, name):
    wanted = inspect.signature(getattr(Projection, name)).parameters
    assert list(inspect.signature(getattr(kind, name)).parameters) == list(wanted)
