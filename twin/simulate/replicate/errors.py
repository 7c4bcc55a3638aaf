"""What can go wrong in replications.

::

    TwinError
    └── ReplicationError     one replication failed; says which, and with which seed

Options that cannot be used are `twin.errors.OptionError`.
"""

from twin.errors import TwinError


class ReplicationError(TwinError):
    """A replication failed; its seed runs it again.

    Attributes
    ----------
    scenario : str
        Name of the scenario.
    replication : int
        Number of the replication, from 0.
    seed : int
        What the run was called with: ``scenarios[scenario](seed)`` fails again.
    """

    def __init__(
        self, scenario: str, replication: int, *, seed: int, reason: str
    ) -> None:
        self.scenario = scenario
        self.replication = replication
        self.seed = seed
        super().__init__(
            f"scenario {scenario!r}, replication {replication} (seed {seed}): {reason}"
        )
