"""The example network that is part of the package."""

from pathlib import Path

EXAMPLE = Path(__file__).parent / "example"
SCENARIO_FILE = "scenario.toml"


def example_folder() -> Path:
    """Return the folder of the example network.

    A supplier tier, 2 plants, 3 distribution centres, 8 markets, 30 items; demand and
    lead-time laws are fitted on public data by ``examples/fit_example.py``.

    Examples
    --------
    >>> (example_folder() / "network.toml").exists()
    True
    """
    return EXAMPLE


def example_scenario() -> Path:
    """Return the file of the scenario that goes with the example network."""
    return EXAMPLE / SCENARIO_FILE
