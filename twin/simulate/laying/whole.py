"""Lays out a network: model in, arrays out."""

from collections.abc import Sequence

import numpy as np

from twin.model.elements import NO_LIMIT
from twin.model.network import Network
from twin.simulate import layout as laid
from twin.simulate._kernels.random import cumulative_weights
from twin.simulate.disruptions import Disruption
from twin.simulate.laying import chain, elements, shop
from twin.simulate.laying.rows import stock_points
from twin.simulate.layout import NEVER_US, Layout
from twin.simulate.replenishment import check_replenished, replenishment
from twin.simulate.tables import I8, LETTERS, NUMBERED, SENSORS, Capacity


def lay_out(
    network: Network,
    disruptions: Sequence[Disruption],
    *,
    until_us: int,
    policies: bool = False,
) -> Layout:
    """Lay out a network.

    Parameters
    ----------
    network : Network
        What is simulated.
    disruptions : sequence of Disruption
        What goes wrong.
    until_us : int
        How far shifts and means of demand reach, microseconds UTC.
    policies : bool
        Whether the simulation follows the policies of stock points.

    Returns
    -------
    Layout
    """
    recipe_of, recipes, steps, components = shop.recipes(network)
    groups, members, group_of = shop.groups(network)
    outputs = elements.outputs(network, recipes)
    setups = elements.setups(network, groups, group_of)
    pools, pool_spans, pool_groups = elements.pools(network, group_of, until_us)
    steps["group"] = group_of.reshape(-1)[steps["group"]]
    elements.mark_plain(groups, steps)
    machines, spans = shop.machines(network, group_of, until_us)
    machine_windows = shop.machine_windows(network, disruptions, machines)
    lanes, lane_windows = chain.lanes(network, disruptions)
    places = chain.places(network)
    outages, repairs = chain.outages(network, places)
    ways = replenishment(network)
    points, users = chain.points(
        network, ways, recipes=(recipe_of, recipes, components)
    )
    if policies:
        check_replenished(network, ways)
    else:
        # A release is for the time until the next review.
        periods = network.settings.review_us / network.settings.period_us
        lanes["room"] *= periods
        places["room"] *= periods
    mean = chain.demand_mean(network, until_us)
    windows, factors = chain.demand_windows(network, disruptions)
    releases, mix = shop.releases(network, recipe_of)
    numbers = _settings(network)
    numbers[laid.N_PERIODS] = len(mean)
    disrupted = any(one.kind in {"place", "lane"} for one in disruptions)
    numbers[laid.HAS_OUTAGES] = disrupted or len(outages) > 0
    numbers[laid.POLICIES] = policies
    limited = np.isfinite(lanes["room"]).any() or np.isfinite(places["room"]).any()
    numbers[laid.HAS_LIMITS] = policies and (limited or disrupted)
    numbers[laid.MOST_STARTS] = elements.most_starts(network, outputs) + 2 * int(
        machines["ages"].sum()
    )
    numbers[laid.MOVES_FIRST] = (groups["capacity"] < NO_LIMIT).any()
    return Layout(
        settings=numbers,
        lanes=lanes, places=places, outages=outages, repairs=repairs,
        points=points, users=users,
        recipes=recipes, steps=steps, components=components, outputs=outputs,
        groups=groups, setups=setups,
        pools=pools, pool_spans=pool_spans, pool_groups=pool_groups,
        members=members, machines=machines, spans=spans,
        releases=releases, mix=mix,
        demands=chain.demands(network), demand_mean=mean,
        demand_windows=windows, demand_factors=factors,
        lane_windows=lane_windows, machine_windows=machine_windows,
        recipe_of=recipe_of, point_of=stock_points(network),
        law_start=network.laws.start, law_factor=network.laws.factor,
        law_cumulative=cumulative_weights(network.laws.start, network.laws.weight),
        taken=_taken(network.open_orders.ids),
    )  # fmt: skip


def capacity_of(layout: Layout) -> Capacity:
    """Return the rows a simulation of a layout begins with.

    Parameters
    ----------
    layout : Layout
        Of the network.

    Returns
    -------
    Capacity
        Growing tables have room for what is always there, and some more.
    """
    always = (
        len(layout.machines) * 4
        + len(layout.releases)
        + len(layout.machine_windows)
        + int(layout.settings[laid.MOST_STARTS])
        + len(layout.pools)
        + len(layout.points) * int(layout.settings[laid.POLICIES])
        + len(layout.outages)
    )
    # What follows: a machine's end twice, maintenance, queues, pools, and a batch.
    follows = 6 * int(layout.settings[laid.MOST_STARTS]) + 8 * len(layout.groups)
    room = 1 << (always + 63).bit_length()
    return Capacity(
        points=len(layout.points),
        machines=len(layout.machines),
        groups=len(layout.groups),
        lanes=len(layout.lanes),
        places=int(layout.settings[laid.N_PLACES]),
        demands=len(layout.demands),
        releases=len(layout.releases),
        pools=len(layout.pools),
        micro=1 << (2 * len(layout.machines) + follows + 63).bit_length(),
        calendar=room,
    )


def _settings(network: Network) -> I8:
    """Return the settings that a network alone says; the rest is 0."""
    numbers = np.zeros(laid.FIRST_NAME + NUMBERED + 1, np.int64)
    numbers[laid.AS_OF_US] = network.settings.as_of_us
    numbers[laid.PERIOD_US] = network.settings.period_us
    numbers[laid.FIRST_MACHINE] = n_lanes = len(network.lanes.ids) + 1
    numbers[laid.STARTS] = n_lanes + len(network.machines.ids)
    numbers[laid.N_PLACES] = len(network.places.ids)
    named = (
        network.items.ids, network.places.ids, network.machines.ids,
        network.operations, network.families, network.open_orders.ids,
        SENSORS,
    )  # fmt: skip
    numbers[laid.FIRST_NAME + 1 :] = np.cumsum([len(ids) for ids in named])
    return numbers


def _taken(ids: Sequence[str]) -> I8:
    found: list[list[int]] = [[] for _ in LETTERS]
    for name in ids:
        number = name[1:]
        if name[:1] in LETTERS and number.isdecimal() and number == str(int(number)):
            found[LETTERS.index(name[0])].append(int(number))
    # One more than any taken ends each row.
    width = max(map(len, found)) + 1
    rows = np.full((len(LETTERS), width), NEVER_US, np.int64)
    for row, numbers in zip(rows, found, strict=True):
        row[: len(numbers)] = sorted(numbers)
    return rows
