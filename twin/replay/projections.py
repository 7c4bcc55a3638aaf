"""What a replay folds: the one list of projections."""

from collections.abc import Callable, Mapping

from streams.names import Names
from twin.health.folded import HealthFeatures
from twin.model import Network
from twin.model.edits import ModelEdits
from twin.projection import Projection
from twin.state.known import known_entities
from twin.state.state import State


def _state(network: Network, names: Names) -> State:
    return State.of_model(known_entities(network), names)


def _health(_network: Network, names: Names) -> HealthFeatures:
    return HealthFeatures(names)


def _model(_network: Network, names: Names) -> ModelEdits:
    return ModelEdits(names)


PROJECTIONS: Mapping[str, Callable[[Network, Names], Projection]] = {
    "state": _state,
    "health": _health,
    "model": _model,
}
"""Everything that is folded from events, by name: the one list of it."""
