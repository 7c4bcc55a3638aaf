"""The compiled engine: one loop over the calendar, and what is decided between runs."""

from streams._kernels.compiling import entry, inlined
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import (
    ageing,
    failures,
    market,
    policies,
    pools,
    service,
    shop,
    stations,
    suppliers,
    supply,
)
from twin.simulate._kernels.calendar import push, settle, take_first, tie_key
from twin.simulate._kernels.lanes import use_seed
from twin.simulate._kernels.trace import NAN, NEVER, id_of, next_id, tell_noted
from twin.simulate.layout import Layout
from twin.simulate.tables import NumPyArray, Simulated, Trace

FINISHED, SHORT_OF_CALENDAR, SHORT_OF_ORDERS, SHORT_OF_CUSTOMERS = range(4)
SHORT_OF_GOODS, SHORT_OF_PENDING, TRACE_FULL, NEEDS_DEMAND = range(4, 8)
"""Why a run came back; only after `FINISHED` is it where it was sent."""


@inlined
def lacks_room(sim: Simulated, trace: Trace, more: int) -> int:
    """Why the next appointment, which adds at most `more` rows, must wait, or 0."""
    clock = sim.clock
    if clock[t.N_CALENDAR] + more > len(sim.calendar):
        return SHORT_OF_CALENDAR
    if clock[t.N_ORDERS] + more > len(sim.orders):
        return SHORT_OF_ORDERS
    if clock[t.N_GOODS] + more > len(sim.goods):
        return SHORT_OF_GOODS
    if clock[t.N_PENDING] + more > len(sim.pending):
        return SHORT_OF_PENDING
    rows = len(trace.time_us)
    if rows > 0 and clock[t.N_TRACED] + 4 * more + clock[t.N_PENDING] > rows:
        return TRACE_FULL
    return FINISHED


@inlined
def change_supply(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, what: int, ref: int,
    now_us: int,
) -> None:  # fmt: skip
    """Customers and lanes."""
    if what == market.SERVE:
        sim.points[ref].called = 0
        service.serve(layout, sim, trace, seed, ref, now_us)
        if layout.settings[laid.POLICIES] > 0:
            supply.respond(layout, sim, now_us)
            policies.call_users(layout, sim, ref, now_us)
    elif what == market.ASK:
        service.ask(layout, sim, trace, seed, now_us)
    elif what == market.DELIVER:
        market.deliver(layout, sim, trace, ref, now_us)
    elif what == supply.RECEIVE:
        supply.receive(layout, sim, trace, ref, now_us)
    elif what == supply.DISPATCH_LATE:
        if layout.settings[laid.POLICIES] > 0 and sim.goods[ref].source >= 0:
            supply.come_back(layout, sim, ref, now_us)
        else:
            supply.dispatch_late(layout, sim, trace, seed, ref, now_us)
    elif what == policies.REVIEW:
        policies.review(layout, sim, trace, seed, ref, now_us)
    elif what == suppliers.FAILS:
        suppliers.fail(layout, sim, seed, ref, now_us)
    elif what == suppliers.REPAIRED:
        suppliers.repair(layout, sim, seed, ref, now_us)
    elif what == policies.COST:
        policies.count(layout, sim, now_us)
    elif what == policies.MAKE:
        policies.make(layout, sim, trace, ref, now_us)
    else:
        tell_noted(sim, trace, ref)


@inlined
def consequences(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, now_us: int
) -> None:
    """Do what follows within the instant, first come first served."""
    clock = sim.clock
    while clock[t.MICRO_HEAD] != clock[t.MICRO_TAIL]:
        row = sim.micro[t.nth(clock[t.MICRO_HEAD] & (len(sim.micro) - 1))]
        clock[t.MICRO_HEAD] += 1
        if row.what == stations.FILL:
            stations.fill(layout, sim, trace, row.ref, now_us)
        elif row.what == stations.COMPLETE:
            shop.complete(layout, sim, trace, seed, row.ref, row.machine, now_us)
        elif row.what == stations.ANNOUNCE:
            stations.announce(layout, sim, trace, row.machine, now_us)
        elif row.what == stations.MAINTAIN:
            failures.maintain(layout, sim, trace, row.ref, now_us)
        elif row.what == stations.POOL:
            pools.call_groups(layout, sim, row.ref)
        else:
            shop.advance(layout, sim, trace, seed, row.ref, now_us)
    clock[t.MICRO_HEAD] = clock[t.MICRO_TAIL] = 0


@entry
def run(layout: Layout, sim: Simulated, trace: Trace, seed: int, until_us: int) -> int:
    """Let everything happen up to and including `until_us`; return why it came back.

    A run that lacks room comes back before an appointment, never within one.
    """
    clock, heap = sim.clock, sim.calendar
    use_seed(sim, seed)
    fixed = layout.settings[laid.MOST_STARTS] + 16
    while True:
        settle(sim)
        first = heap[0]
        if clock[t.N_CALENDAR] == 0 or first.time_us > until_us:
            break
        what, ref, now_us = first.what, first.ref, first.time_us
        if what == stations.END and first.epoch != sim.orders[t.nth(ref)].epoch:
            take_first(sim)
            clock[t.N_VOID] += 1
            continue
        if what in (ageing.FAILS, ageing.DUE) and ageing.is_void(
            sim, what, ref, now_us
        ):
            take_first(sim)
            ageing.look_ahead(layout, sim, what, ref, now_us)
            clock[t.N_VOID] += 1
            continue
        more = fixed
        if what >= market.SERVE:
            more += clock[t.N_CUSTOMERS] + len(layout.demands)
            if layout.settings[laid.POLICIES] > 0:
                more += len(layout.points) + len(layout.components)
            if clock[t.N_CUSTOMERS] + len(layout.demands) >= len(sim.customers):
                return SHORT_OF_CUSTOMERS
            if what == market.ASK and clock[t.DRAWN_PERIOD] == t.TO_BE_DRAWN:
                return NEEDS_DEMAND
        short = lacks_room(sim, trace, more)
        if short != FINISHED:
            return short
        take_first(sim)
        clock[t.NOW_US] = now_us
        clock[t.N_EVENTS] += 1
        if what == stations.END:
            stations.end(layout, sim, trace, ref, now_us)
        elif what == stations.COMES:
            shop.come(layout, sim, trace, seed, ref, now_us)
        elif what == stations.START:
            shop.start(layout, sim, trace, ref)
        elif what == stations.FINISH:
            shop.finish(layout, sim, trace, ref, now_us)
        elif what == stations.TIMES_OUT:
            stations.follow(sim, stations.FILL, ref, -1)
        elif what in (stations.POOL_OPENS, stations.POOL_CLOSES):
            pools.change(layout, sim, what, ref)
        elif what < market.SERVE:
            failures.change_machine(layout, sim, trace, seed, what, ref, now_us)
        else:
            change_supply(layout, sim, trace, seed, what, ref, now_us)
        consequences(layout, sim, trace, seed, now_us)
    clock[t.NOW_US] = until_us
    return FINISHED


@entry
def begin(layout: Layout, sim: Simulated, trace: Trace, seed: int) -> None:
    """Put into the calendar what happens by itself, and tell of the machines."""
    start_us = layout.settings[laid.AS_OF_US]
    sim.clock[t.NOW_US] = start_us
    use_seed(sim, seed)
    for machine in range(len(layout.machines)):
        failures.start(layout, sim, trace, seed, machine, start_us)
    for k in range(len(layout.machine_windows)):
        window = layout.machine_windows[k]
        key = ageing.machine_key(
            layout, ageing.FAIL, window.machine, t.DISRUPTION, window.n
        )
        push(sim, window.start_us, key, failures.STOPS, k, 0)
    pools.begin_shifts(layout, sim, start_us)
    for stream in range(len(layout.releases)):
        shop.await_release(layout, sim, seed, stream, start_us)
    for place in range(len(sim.suppliers)):
        sim.suppliers[place].until_us = start_us
    for row in range(len(layout.outages)):
        suppliers.await_outage(layout, sim, seed, row, start_us)
    if layout.settings[laid.POLICIES] > 0:
        policies.begin(layout, sim, start_us)
    first_us = start_us + layout.settings[laid.PERIOD_US]
    push(sim, first_us, tie_key(market.DEMAND, market.NEW, 0), market.ASK, 0, 0)


@entry
def release_lanes(
    layout: Layout, sim: Simulated, trace: Trace, seed: int,
    lane: NumPyArray, item: NumPyArray, quantity: NumPyArray,
) -> None:  # fmt: skip
    """Place orders on lanes now, in the order given; there must be room."""
    now_us = sim.clock[t.NOW_US]
    if layout.settings[laid.POLICIES] == 0:
        for k in range(len(layout.lanes)):
            sim.lanes[k].room = layout.lanes[k].room
        for k in range(len(layout.places)):
            sim.place_room[k] = layout.places[k].room
    for k in range(len(lane)):
        if quantity[k] <= 0.0:
            continue
        if layout.settings[laid.POLICIES] > 0:
            policies.order(
                layout, sim, trace, seed, lane[k], item[k], quantity[k], now_us
            )
        else:
            supply.order_on_lane(
                layout, sim, trace, seed, lane[k], item[k], quantity[k], now_us
            )
    supply.respond(layout, sim, now_us)


@entry
def release_production(
    layout: Layout, sim: Simulated, trace: Trace,
    recipe: NumPyArray, quantity: NumPyArray,
) -> None:  # fmt: skip
    """Release production orders now, in the order given; there must be room."""
    for k in range(len(recipe)):
        if quantity[k] <= 0.0:
            continue
        if layout.settings[laid.POLICIES] > 0:
            policies.want(layout, sim, recipe[k], quantity[k], sim.clock[t.NOW_US])
        else:
            at = shop.release_order(
                layout, sim, trace, recipe[k], quantity[k], NAN, NEVER,
                sim.clock[t.NOW_US],
            )  # fmt: skip
            if at >= 0:
                shop.start_later(layout, sim, at, sim.clock[t.NOW_US])


@entry
def appoint(
    sim: Simulated, time_us: int, rank: int, entity: int, n: int, what: int, ref: int
) -> None:
    """Put something into the calendar."""
    push(sim, time_us, tie_key(rank, entity, n), what, ref, 0)


@entry
def count_unfilled(layout: Layout, sim: Simulated) -> None:
    """Sum what waits of each demand, for who draws it."""
    market.sum_unfilled(layout, sim)


@entry
def give_number(layout: Layout, sim: Simulated, letter: int) -> int:
    """Number of the name of the next that gets a running number of a letter."""
    return id_of(layout, letter, next_id(sim, layout.taken, letter))
