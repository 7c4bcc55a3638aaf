"""How items are made: components, operations and outputs, from the tables."""

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate.random import DURATION, SECOND_US, Draws, DurationLaw
from twin.simulate.reference.emission import NEVER
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.machines import MachinePark
from twin.simulate.reference.orders import Recipe, Step


def routing_rows(network: Network, item: int, site: int) -> NDArray[np.intp]:
    """Return the rows of the routing of an item at a site, in the order of steps.

    Parameters
    ----------
    network : Network
        Its routings.
    item, site : int
        Indices of the network.

    Returns
    -------
    ndarray of shape (n_steps,), intp
        A routing of the item counts before one of '*', and of the site before '*'.
    """
    routings = network.routings
    own = routings.item_index == item
    rows = own if own.any() else routings.item_index == -1
    at_site = rows & (routings.site_index == site)
    found = np.flatnonzero(
        at_site if at_site.any() else rows & (routings.site_index == -1)
    )
    return found[np.argsort(routings.step[found], kind="stable")]


def _timeout_us(timeout_s: float) -> int:
    return NEVER if np.isinf(timeout_s) else round(timeout_s * SECOND_US)


def _needs(network: Network, row: int) -> tuple[tuple[int, int], ...]:
    routings = network.routings
    asked = (
        (int(routings.operator_pool_index[row]), int(routings.operators[row])),
        (int(routings.tool_pool_index[row]), 1),
    )
    return tuple((pool, n) for pool, n in asked if pool >= 0)


def _sum_backwards(values: NDArray[np.float64]) -> float:
    # In this order sums of all tails come out at once, as layouts have them.
    total = 0.0
    for value in values[::-1].tolist():
        total += value
    return total


class Recipes:
    """Recipes of a network, each made when it is first asked for.

    Parameters
    ----------
    engine : Engine
        The simulation.
    park : MachinePark
        Where operations run.
    """

    def __init__(self, engine: Engine, park: MachinePark) -> None:
        self._engine = engine
        self._park = park
        names, operations = engine.names, engine.network.operations
        self._operation_names = names.indices(operations).tolist()
        made = engine.network.production
        self._made = set(zip(made.first.tolist(), made.second.tolist(), strict=True))
        self._found: dict[tuple[int, int], Recipe] = {}

    def of(self, item: int, site: int) -> Recipe:
        """Return how an item is made at a site.

        Raises
        ------
        OptionError
            If it is not made there.
        """
        found = self._found.get((item, site))
        if found is None:
            found = self._found[item, site] = self._new_recipe(item, site)
        return found

    def _new_recipe(self, item: int, site: int) -> Recipe:
        network, points = self._engine.network, self._engine.points
        target = points.point(item, site)
        if (item, site) not in self._made:
            msg = (
                f"item {network.items.ids[item]!r} cannot be made at "
                f"{network.places.ids[site]!r}: it needs a bill or a routing there"
            )
            raise OptionError(msg)
        bills = network.bills
        components = []
        for row in np.flatnonzero(bills.item_index == item):
            component = int(bills.component_index[row])
            per_unit = float(bills.quantity[row] / (1.0 - bills.scrap_rate[row]))
            components.append((points.point(component, site), component, per_unit))
        rows = routing_rows(network, item, site)
        steps = tuple(self._step(rows, k, site) for k in range(len(rows)))
        return Recipe(
            target, self._engine.item_names[item], self._engine.place_names[site],
            float(network.places.yield_rate[site]),
            steps, tuple(components), self._outputs(item, site),
        )  # fmt: skip

    def _outputs(self, item: int, site: int) -> tuple[tuple[int, int, float], ...]:
        given = self._engine.network.outputs
        per_unit = {item: 1.0}
        for row in np.flatnonzero(given.item_index == item):
            per_unit[int(given.product_index[row])] = float(given.quantity[row])
        point = self._engine.points.point
        return tuple((point(one, site), one, per_unit[one]) for one in sorted(per_unit))

    def _step(self, rows: NDArray[np.intp], k: int, site: int) -> Step:
        network = self._engine.network
        routings, row = network.routings, int(rows[k])
        group = int(routings.machine_group_index[row])
        machines = self._park.group(group, site)
        assert machines is not None, "a network has machines for its routings"
        law = DurationLaw(
            int(routings.duration_law[row]),
            float(routings.duration_s[row]),
            float(routings.duration_cv[row]),
        )
        return Step(
            row=row,
            operation=(operation := int(routings.operation_index[row])),
            name=self._operation_names[operation],
            group=machines,
            setup_s=float(routings.setup_s[row]),
            draws=Draws(self._engine.sampler, law, DURATION, row),
            yield_rate=float(routings.yield_rate[row]),
            family=int(routings.setup_family_index[row]),
            rework_rate=float(routings.rework_rate[row]),
            back=int(np.searchsorted(routings.step[rows], routings.rework_step[row])),
            sampling_rate=float(routings.sampling_rate[row]),
            left_setup_s=_sum_backwards(routings.setup_s[rows[k:]]),
            left_s=_sum_backwards(routings.duration_s[rows[k:]]),
            batch_min=int(routings.batch_min[row]),
            batch_max=int(routings.batch_max[row]),
            timeout_us=_timeout_us(float(routings.batch_timeout_s[row])),
            needs=_needs(network, row),
        )
