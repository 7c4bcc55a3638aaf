"""The network as given: its tables, their validation, their arrays."""

from twin.model.network import Network, build, load
from twin.model.scenario import Scenario, load_scenario
from twin.model.shipped import example_folder, example_scenario
from twin.model.write import init, write

__all__ = [
    "Network",
    "Scenario",
    "build",
    "example_folder",
    "example_scenario",
    "init",
    "load",
    "load_scenario",
    "write",
]
