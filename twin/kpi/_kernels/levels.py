"""Quantities over time and windows, compiled."""

from typing import NamedTuple

from streams._kernels.compiling import inlined
from twin.kpi.tables import F8, I4, I8, Records
from twin.state.tables import I2

STATE_OFF, STATE_IDLE, STATE_SETUP, STATE_BUSY = 1, 2, 3, 4


class Rows(NamedTuple):
    """The columns of a batch that a fold reads, and what the network makes of them.

    `subject`, `item`, `party_name` and `parent` are numbers of names; `site` and
    `party` are dense places (-1 unknown), `item_index` and `machine` dense too;
    `origin` and `target` are the stock points of item and site, and of item and party;
    `demand` and `lane` are rows of the network; `standard_us` is the time a routing
    allows for one piece (NaN without one), `worth` what a unit counts in flows.
    """

    time_us: I8
    type_code: I2
    code: I2
    subject: I4
    item: I4
    operation: I4
    parent: I4
    value0: F8
    value1: F8
    value2: F8
    time0: I8
    site: I4
    party: I4
    item_index: I4
    machine: I4
    origin: I4
    target: I4
    demand: I4
    lane: I4
    standard_us: F8
    worth: F8


class Terms(NamedTuple):
    """What does not change while events are folded.

    `limits` is (opened, start, end, at once, bucket) in microseconds; places below
    `n_sites` are sites, those from `first_customer` on customers; power by machine
    and state in kW; of each machine's tariff the price from `tariff_us` on, and what a
    kW has cost until then since the first of them, in money x us / h.
    """

    limits: I8
    n_sites: int
    first_customer: int
    serves: I4
    demand_price: F8
    lane_price: F8
    lane_unit_cost: F8
    lane_fixed_cost: F8
    power_kw: F8
    machine_tariff: I4
    tariff_start: I4
    tariff_us: I8
    tariff_price: F8
    tariff_sum: F8


OPENED, START, END, AT_ONCE, BUCKET = range(5)


@inlined
def inside(terms: Terms, time_us: int) -> bool:
    """Whether an event counts: it is in [start, end)."""
    return terms.limits[START] <= time_us < terms.limits[END]


@inlined
def overlap_us(terms: Terms, first_us: int, last_us: int) -> int:
    """Microseconds of [first, last) that lie in the window."""
    low = max(first_us, terms.limits[START])
    return max(0, min(last_us, terms.limits[END]) - low)


@inlined
def shift(level: Records, terms: Terms, time_us: int, change: float) -> None:
    """Change a level; an event that comes late counts from when it happened."""
    if time_us >= level.since_us:
        level.integral += level.level * overlap_us(terms, level.since_us, time_us)
        level.since_us = time_us
    else:
        level.integral += change * overlap_us(terms, time_us, level.since_us)
    level.level += change


@inlined
def spent(terms: Terms, tariff: int, time_us: int) -> float:
    """What a kW has cost up to a time, by bisection among the steps of its tariff."""
    low, high = terms.tariff_start[tariff], terms.tariff_start[tariff + 1] - 1
    while low < high:
        middle = (low + high + 1) // 2
        if terms.tariff_us[middle] <= time_us:
            low = middle
        else:
            high = middle - 1
    since = time_us - terms.tariff_us[low]
    return terms.tariff_sum[low] + since * terms.tariff_price[low]


@inlined
def leave_state(
    machine: Records, times: I8, terms: Terms, index: int, time_us: int
) -> None:
    """Book the time a machine was in its state, and the energy that took."""
    state, since_us = machine.state, machine.since_us
    if time_us <= since_us:
        return
    machine.since_us = time_us
    if state in (STATE_SETUP, STATE_BUSY):
        machine.worked_us += time_us - since_us
    within = overlap_us(terms, since_us, time_us)
    times[index, state] += within
    power = terms.power_kw[index, state]
    if within == 0 or power == 0.0:
        return
    machine.energy_kwh += power * within / 3.6e9
    tariff = terms.machine_tariff[index]
    if tariff >= 0:
        first = max(since_us, terms.limits[START])
        cost = spent(terms, tariff, first + within) - spent(terms, tariff, first)
        machine.energy_cost += power * cost / 3.6e9
