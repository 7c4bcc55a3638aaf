"""Operators and tools that machines share, in the compiled engine."""

from streams._kernels.compiling import inlined
from twin.simulate._kernels.ageing import FAIL, REPAIR
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.stations import (
    FILL,
    POOL,
    POOL_CLOSES,
    POOL_OPENS,
    follow,
)
from twin.simulate._kernels.trace import NONE
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated

_ENTITY = 1 << 27  # of pool 0, in keys; of ranks 1 and 2 nothing else has as much


@inlined
def call_groups(layout: Layout, sim: Simulated, pool: int) -> None:
    """There may be more of a pool: groups that need it are filled one by one."""
    row = layout.pools[pool]
    for k in range(row.first_group, row.last_group):
        group = layout.pool_groups[k]
        if sim.groups[group].head >= 0 or sim.groups[group].first_outside >= 0:
            follow(sim, FILL, group, NONE)


@inlined
def await_shift(layout: Layout, sim: Simulated, pool: int) -> None:
    """Put the next begin or end of a shift of a pool into the calendar."""
    row, n = sim.pools[pool], sim.pools[pool].n_shifts
    span = layout.pool_spans[layout.pools[pool].first_span + n]
    if row.closed:
        push(sim, span[0], tie_key(REPAIR, _ENTITY + pool, n), POOL_OPENS, pool, 0)
    else:
        push(sim, span[1], tie_key(FAIL, _ENTITY + pool, n), POOL_CLOSES, pool, 0)


@inlined
def begin_shifts(layout: Layout, sim: Simulated, start_us: int) -> None:
    """Put the shifts of all pools into the calendar."""
    for pool in range(len(layout.pools)):
        row = layout.pools[pool]
        if row.first_span < row.last_span:
            if layout.pool_spans[row.first_span, 0] > start_us:
                sim.pools[pool].closed = 1
            await_shift(layout, sim, pool)


@inlined
def change(layout: Layout, sim: Simulated, what: int, pool: int) -> None:
    """A shift of a pool begins or ends; operations under way go on."""
    row = sim.pools[pool]
    if what == POOL_OPENS:
        row.closed = 0
        follow(sim, POOL, pool, NONE)
    else:
        row.closed = 1
        row.n_shifts += 1
    await_shift(layout, sim, pool)
