"""Deliveries of a plan as loads and trips, each stop with the orders it brings."""

import math
from collections.abc import Callable

import polars as pl

from twin.errors import OptionError
from twin.masterplan.making import MasterPlan
from twin.masterplan.pegging import TINY
from twin.planning.trips import Drop, Trip, check_capacity, delivery_trips

TRIPS = {
    "trip": pl.String, "site": pl.String, "leaves_us": pl.Int64, "stops": pl.Int64,
    "load": pl.Float64, "distance_km": pl.Float64,
}  # fmt: skip
"""Columns of the trips of a plan."""

STOPS = {
    "trip": pl.String, "stop": pl.Int64, "customer": pl.String, "order": pl.String,
    "item": pl.String, "quantity": pl.Float64,
}  # fmt: skip
"""Columns of their stops: one row for each order that is brought, in whole or part."""

Rows = list[tuple[str, str, float]]  # order, item, units still to load


def plan_trips(
    plan: MasterPlan, *, capacity: float, monotonic_s: Callable[[], float]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put what is delivered from a site at one time on vehicles.

    Parameters
    ----------
    plan : MasterPlan
        Its deliveries.
    capacity : float
        Units a vehicle carries, > 0, whatever the item.
    monotonic_s : callable
        A clock in seconds.

    Returns
    -------
    trips, stops : polars.DataFrame
        Columns of `TRIPS` and `STOPS`. Orders of a stop are customers' orders of the
        plan, so `twin.masterplan.sources` leads from each back to its purchases.

    Raises
    ------
    OptionError
        If `capacity` is not above 0, or a site or customer has no position.
    """
    check_capacity(capacity)
    places = plan.network.places
    spot = {
        name: (float(latitude), float(longitude))
        for name, latitude, longitude in zip(
            places.ids, places.latitude_deg, places.longitude_deg, strict=True
        )
    }
    delivered = plan.tables.shipments.filter(pl.col("kind") == "delivery")
    trips: list[tuple[object, ...]] = []
    stops: list[tuple[object, ...]] = []
    for (site, sent_us), part in delivered.partition_by(
        "from_place", "sent_us", as_dict=True, maintain_order=True
    ).items():
        orders: dict[str, Rows] = {}
        for customer, *row in part.select(
            "to_place", "order", "item", "quantity"
        ).iter_rows():
            orders.setdefault(customer, []).append(tuple(row))
        customers = list(orders)
        for name in (str(site), *customers):
            if any(math.isnan(degrees) for degrees in spot[name]):
                msg = f"{name}: trips need a position, had none"
                raise OptionError(msg)
        drops = [
            Drop(*spot[name], sum(units for *_, units in orders[name]))
            for name in customers
        ]
        made = delivery_trips(
            spot[str(site)], drops, capacity=capacity, monotonic_s=monotonic_s
        )
        for trip in made:
            name = f"V{len(trips) + 1}"
            length = trip.distance_km
            trips.append((name, site, sent_us, len(trip.stops), trip.load, length))
            stops += _stops(name, trip, customers, orders)
    return (
        pl.DataFrame(trips, schema=TRIPS, orient="row"),
        pl.DataFrame(stops, schema=STOPS, orient="row"),
    )


def _stops(
    name: str, trip: Trip, customers: list[str], orders: dict[str, Rows]
) -> list[tuple[object, ...]]:
    """Load orders in their sequence; an order may be split between vehicles."""
    found: list[tuple[object, ...]] = []
    for number, (drop, quantity) in enumerate(trip.stops, 1):
        customer, left = customers[drop], quantity
        waiting = orders[customer]
        while left > TINY and waiting:
            order, item, units = waiting[0]
            taken = min(units, left)
            found.append((name, number, customer, order, item, taken))
            left -= taken
            if units - taken > TINY:
                waiting[0] = (order, item, units - taken)
            else:
                del waiting[0]
    return found
