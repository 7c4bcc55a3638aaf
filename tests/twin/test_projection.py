import inspect

import pytest

from twin.projection import Projection
from twin.replay import PROJECTIONS
from twin.state.state import State

METHODS = [name for name in vars(Projection) if not name.startswith("_")]


def test_state_is_the_projection_of_its_name():
    assert set(PROJECTIONS) == {"state"}


@pytest.mark.parametrize("name", METHODS)
def test_state_has_every_method_of_a_projection(name):
    wanted = inspect.signature(getattr(Projection, name)).parameters
    assert list(inspect.signature(getattr(State, name)).parameters) == list(wanted)
