"""A workshop whose state is told by events."""

from dataclasses import dataclass

import pytest

from twin.model.network import Network
from twin.simulate.opening.conditions import Conditions, conditions_of
from twin.state.state import State
from twin.whatif import network_of_state

SECOND_US = 1_000_000


@dataclass(frozen=True)
class Told:
    """What events told, and what it means for a network."""

    network: Network
    state: State
    conditions: Conditions

    @property
    def seats(self):
        """Order, phase, machine and seconds of work of all at their operations."""
        work, network = self.conditions.work, self.network
        columns = (work.order, work.phase, work.machine, work.worked_us)
        return [
            (network.open_orders.ids[order], phase,
             network.machines.ids[machine] if machine >= 0 else None,
             worked_us / SECOND_US)
            for order, phase, machine, worked_us in zip(
                *(column.tolist() for column in columns), strict=True)
        ]  # fmt: skip


@pytest.fixture
def told(folding):
    """Fold events (seconds, event) into a network; all of it at a later second."""

    def make(network, *timed, at_s):
        _, state = folding(network).fold(*[(round(s * SECOND_US), e) for s, e in timed])
        at_us = network.settings.as_of_us + round(at_s * SECOND_US)
        found = network_of_state(network, state, at_us=at_us).network
        return Told(found, state, conditions_of(state, found, at_us=at_us))

    return make


@pytest.fixture
def steady(workshop):
    """Build a workshop of constant times without bills; keywords replace tables."""
    operations = (("fill", "filling", 60), ("pack", "packing", 30))

    def make(*, routing=None, machine=None, **more):
        place = {"site": "P"}
        tables = {
            "bills": [],
            "routings": [
                {"item": "tea", "step": 10 * (k + 1), "operation": operation,
                 "machine_group": group, "duration_s": duration_s}
                | (routing or {})
                for k, (operation, group, duration_s) in enumerate(operations)
            ],
            "machines": [
                place | {"machine": name, "group": group} | (machine or {})
                for name, group in (("F1", "filling"), ("K1", "packing"))
            ],
        }  # fmt: skip
        return workshop(**tables | more)

    return make
