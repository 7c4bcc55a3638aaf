"""Sequence-dependent setups: how long a change from one family to another takes."""

from twin.model.network import Network
from twin.model.records import ANY_FAMILY
from twin.simulate.random import SECOND_US


class SetupTimes:
    """Times of setups by machine group, family before and family after.

    Parameters
    ----------
    network : Network
        With its table of setups.
    """

    def __init__(self, network: Network) -> None:
        given = network.setups
        self._time_us: dict[tuple[int, int, int], int] = {
            (group, before, after): round(setup_s * SECOND_US)
            for group, before, after, setup_s in zip(
                given.group_index.tolist(), given.from_family_index.tolist(),
                given.to_family_index.tolist(), given.setup_s.tolist(), strict=True,
            )
        }  # fmt: skip

    def change_us(self, group: int, before: int, after: int) -> int:
        """Return how long a change takes.

        Parameters
        ----------
        group : int
            Of machines.
        before, after : int
            Families; -1 before is nothing set up yet.

        Returns
        -------
        int
            Microseconds; that of the most specific row, 0 without a row.
        """
        for pair in (
            (before, after), (before, ANY_FAMILY), (ANY_FAMILY, after),
            (ANY_FAMILY, ANY_FAMILY),
        ):  # fmt: skip
            found = self._time_us.get((group, *pair))
            if found is not None:
                return found
        return 0
