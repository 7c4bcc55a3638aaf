"""Suppliers that are down by themselves for a while, in the compiled engine."""

from streams._kernels.compiling import inlined
from twin.simulate import random as streams
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.market import microseconds, seconds
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated

REPAIR, FAILURE = 1, 2  # ranks
FAILS, REPAIRED = 50, 51  # what happens, in the calendar
SHORTEST_US = 1  # of an outage: a repair of this instant would rank before the failure
FIRST_ENTITY = 1 << 27  # of suppliers; no lane or machine has it


@inlined
def await_outage(
    layout: Layout, sim: Simulated, seed: int, row: int, now_us: int
) -> None:
    """Put the next outage of a supplier into the calendar."""
    law = layout.outages[row]
    n = sim.suppliers[law.place].n
    up_s = seconds(layout, law, seed, streams.SUPPLIER_FAILURE, law.place, n)
    key = tie_key(FAILURE, FIRST_ENTITY + law.place, n)
    push(sim, now_us + microseconds(up_s), key, FAILS, row, 0)


@inlined
def fail(layout: Layout, sim: Simulated, seed: int, row: int, now_us: int) -> None:
    """A supplier is down; when that ends is known at once."""
    law = layout.repairs[row]
    supplier = sim.suppliers[law.place]
    n = supplier.n
    down_s = seconds(layout, law, seed, streams.SUPPLIER_REPAIR, law.place, n)
    supplier.until_us = now_us + max(microseconds(down_s), SHORTEST_US)
    key = tie_key(REPAIR, FIRST_ENTITY + law.place, n)
    push(sim, supplier.until_us, key, REPAIRED, row, 0)


@inlined
def repair(layout: Layout, sim: Simulated, seed: int, row: int, now_us: int) -> None:
    """A supplier works again."""
    sim.suppliers[layout.outages[row].place].n += 1
    await_outage(layout, sim, seed, row, now_us)
