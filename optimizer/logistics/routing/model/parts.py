"""Parts of a plan as problems of their own: some of its routes, and their clients.

An iteration of local search costs more the more clients there are, and two cores that
search the same plan find much of the same. With half of the routes each, both halves
are searched at full speed, and what they find adds up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyvrp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.logistics.routing.problem import FloatArray, IntArray

__all__ = ["Part", "halves"]


class Part:
    """Some routes of a plan, with the clients they visit and a share of idle vehicles.

    Parameters
    ----------
    data
        The whole problem, without shipments.
    routes
        Routes of the plan.
    left_out
        Clients that nobody visits, to be considered by this part.
    idle
        Vehicles of each type that the part may use beside those of the routes.
    """

    def __init__(
        self,
        data: pyvrp.ProblemData,
        routes: Sequence[pyvrp.Route],
        *,
        left_out: Sequence[int],
        idle: Sequence[int],
    ) -> None:
        self._whole = data
        self._clients = sorted(
            {visit.idx for route in routes for visit in route if visit.is_client()}
            | set(left_out)
        )
        number = {client: at for at, client in enumerate(self._clients)}
        self._kinds: list[int] = []
        kinds = []
        for kind, vehicle in enumerate(data.vehicle_types()):
            used = sum(route.vehicle_type() == kind for route in routes)
            if used + idle[kind]:
                self._kinds.append(kind)
                kinds.append(vehicle.replace(num_available=used + idle[kind]))
        self.data = data.replace(
            clients=[data.client(client) for client in self._clients],
            vehicle_types=kinds,
        )
        self.plan = pyvrp.Solution(
            self.data,
            [
                pyvrp.Route(
                    self.data,
                    [
                        pyvrp.Activity(visit.type, number[visit.idx])
                        if visit.is_client()
                        else pyvrp.Activity(visit.type, visit.idx)
                        for visit in route.schedule()[1:-1]
                    ],
                    self._kinds.index(route.vehicle_type()),
                )
                for route in routes
            ],
        )

    def routes(self, plan: pyvrp.Solution) -> list[pyvrp.Route]:
        """Return the routes of a plan of this part as routes of the whole.

        Parameters
        ----------
        plan
            Of this part's data.
        """
        return [
            pyvrp.Route(
                self._whole,
                [
                    pyvrp.Activity(visit.type, self._clients[visit.idx])
                    if visit.is_client()
                    else pyvrp.Activity(visit.type, visit.idx)
                    for visit in route.schedule()[1:-1]
                ],
                self._kinds[route.vehicle_type()],
            )
            for route in plan.routes()
        ]


def halves(
    data: pyvrp.ProblemData, plan: pyvrp.Solution, place: FloatArray, turn: int
) -> tuple[Part, Part]:
    """Return the two halves of a plan, neighbouring routes together.

    Parameters
    ----------
    data
        The whole problem, without shipments.
    plan
        A plan of at least two routes that keeps every rule.
    place
        ndarray of shape (n_locations, 2), float64: where the places of `data` are.
    turn
        Each turn cuts elsewhere: by a line through the middle at another angle.
    """
    routes = plan.routes()
    centre = np.array([_centre(data, route, place) for route in routes])
    order = _swept(centre - place[data.num_depots :].mean(axis=0), turn)
    sizes = np.cumsum([routes[at].num_clients() for at in order])
    cut = int(np.searchsorted(sizes, sizes[-1] / 2)) + 1
    cut = min(max(cut, 1), len(routes) - 1)
    used = np.bincount(
        [route.vehicle_type() for route in routes], minlength=data.num_vehicle_types
    )
    available = np.array([kind.num_available for kind in data.vehicle_types()])
    idle = available - used
    left_out = [visit.idx for visit in plan.unplanned() if visit.is_client()]
    shares = (idle + 1) // 2, idle // 2
    first, second = (
        Part(
            data,
            [routes[at] for at in rows],
            left_out=left_out[half::2],
            idle=shares[half].tolist(),
        )
        for half, rows in enumerate((order[:cut], order[cut:]))
    )
    return first, second


def _centre(
    data: pyvrp.ProblemData, route: pyvrp.Route, place: FloatArray
) -> FloatArray:
    rows = [data.client(visit.idx).location for visit in route if visit.is_client()]
    mean: FloatArray = place[rows].mean(axis=0) if rows else place[0]
    return mean


def _swept(offset: FloatArray, turn: int) -> IntArray:
    """Return the routes around the middle or along a line, at another angle each turn.

    Turns of the golden section never come back to the same angle.
    """
    angle = np.pi * turn * 0.381966
    if turn % 2:
        key = offset @ np.array([np.cos(angle), np.sin(angle)])
    else:
        around = np.arctan2(offset[:, 1], offset[:, 0])
        key = (around + 2 * angle) % (2 * np.pi)
    order: IntArray = np.argsort(key, kind="stable")
    return order
