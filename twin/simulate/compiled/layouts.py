"""Layouts of a network by how far they reach, made once for many simulations."""

from collections.abc import Sequence
from functools import cached_property

from twin.model.network import Network
from twin.simulate._kernels.opened import OpenOrders
from twin.simulate.compiled.opening import open_orders
from twin.simulate.disruptions import Disruption
from twin.simulate.laying.whole import lay_out
from twin.simulate.layout import Layout


class Layouts:
    """Lays out a network, and remembers the layout that reaches furthest.

    Parameters
    ----------
    network : Network
        What is simulated.
    disruptions : sequence of Disruption
        What goes wrong.
    policies : bool
        Whether simulations follow the policies of stock points.
    until_us : int
        How far the first layout reaches at least, microseconds UTC: a simulation that
        ends before asks for no other.

    Attributes
    ----------
    until_us : int
        How far the layout that is remembered reaches, microseconds UTC.
    """

    def __init__(
        self,
        network: Network,
        disruptions: Sequence[Disruption] = (),
        *,
        policies: bool = False,
        until_us: int = 0,
    ) -> None:
        self._network = network
        self._disruptions = tuple(disruptions)
        self._policies = policies
        self.until_us = max(until_us, network.settings.as_of_us)
        self._layout = self._laid_out()

    def _laid_out(self) -> Layout:
        return lay_out(
            self._network, self._disruptions,
            until_us=self.until_us, policies=self._policies,
        )  # fmt: skip

    @cached_property
    def orders(self) -> OpenOrders:
        """The open orders of the network; they are shared, so change nothing in them.

        Raises
        ------
        OptionError
            See `twin.simulate.compiled.opening.open_orders`.
        """
        return open_orders(self._network, self._layout)

    def reaching(self, until_us: int) -> Layout:
        """Return a layout that reaches a time; it is shared, so change nothing in it.

        Parameters
        ----------
        until_us : int
            Microseconds UTC.

        Returns
        -------
        Layout
        """
        if until_us > self.until_us:
            self.until_us = until_us
            self._layout = self._laid_out()
        return self._layout
