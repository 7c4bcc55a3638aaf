"""A third opinion: queues, shops and chains on `heapq`, written from the documentation.

A calendar of tuples (time, rank, entity, n) and what follows within an instant, first
in, first out; nothing is shared with the engines but the draws and the tables.
"""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from twin.model.network import Network
from twin.simulate.decisions import Decisions
from twin.simulate.demand import LawDemand, ServiceSoFar
from twin.simulate.random import (
    ARRIVAL,
    DURATION,
    FAILURE,
    LEAD_TIME,
    REPAIR,
    DurationLaw,
    Sampler,
)

Key = tuple[int, int, int, int]
SECOND_US = 1_000_000
REPAIRED, FAILS, COMPLETES, ASKS, COMES = 1, 2, 3, 4, 7


class Heap:
    """A calendar; what was said to follow is done before the next appointment."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network, self.now_us = network, network.settings.as_of_us
        self.sampler = Sampler(seed, network.laws)
        self.calendar: list[tuple[Any, ...]] = []
        self.following: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()

    def at(self, key: Key, do: Callable[..., None], *what: Any) -> None:
        """Put something into the calendar; keys are distinct."""
        heappush(self.calendar, (*key, do, what))

    def follow(self, do: Callable[..., None], *what: Any) -> None:
        """Do something within the instant."""
        self.following.append((do, what))

    def run(self, until_us: int) -> None:
        """Let everything happen up to and including a time."""
        while self.calendar and self.calendar[0][0] <= until_us:
            self.now_us, *_, do, what = heappop(self.calendar)
            do(*what)
            while self.following:
                do, what = self.following.popleft()
                do(*what)
        self.now_us = until_us

    def law(self, record: Any, name: str, row: int) -> DurationLaw:
        """Return a law of a row of a table."""
        columns = (f"{name}_law", f"{name}_s", f"{name}_cv")
        law, mean_s, cv = (getattr(record, column)[row] for column in columns)
        return DurationLaw(int(law), float(mean_s), float(cv))


class HeapShop(Heap):
    """Streams of orders through machines of one slot, first in first out, which fail.

    `ends` are (microseconds, machine, order) of all operations as they end.
    """

    def __init__(self, network: Network, seed: int) -> None:
        super().__init__(network, seed)
        n_machines = len(network.machines.ids)
        self.queues: dict[int, deque[list[int]]] = {}
        self.busy: list[list[int] | None] = [None] * n_machines
        self.up = [True] * n_machines
        self.remaining_us, self.since_us = [0] * n_machines, [0] * n_machines
        self.epoch = [0] * n_machines
        self.n_orders = 0
        self.ends: list[tuple[int, int, int]] = []
        for stream in range(len(network.releases.ids)):
            self.await_order(stream, 0)
        for machine in np.flatnonzero(network.machines.mttf_s < np.inf).tolist():
            self.await_failure(machine, 0)

    def await_order(self, stream: int, n: int) -> None:
        """Let the n-th order of a stream come an interval after the one before."""
        law = self.law(self.network.releases, "interval", stream)
        at_us = self.now_us + self.sampler.duration_us(law, ARRIVAL, stream, n)
        self.at((at_us, COMES, stream, n), self.come, stream, n)

    def come(self, stream: int, n: int) -> None:
        """Release an order to the first step of its routing."""
        self.n_orders += 1
        item = self.network.releases.item_index[stream]
        rows = np.flatnonzero(self.network.routings.item_index == item)
        steps = rows[np.argsort(self.network.routings.step[rows])].tolist()
        self.follow(self.advance, [self.n_orders, *steps])
        self.await_order(stream, n + 1)

    def advance(self, order: list[int]) -> None:
        """Queue an order: its number and the rows of its steps to come."""
        if len(order) > 1:
            group = int(self.network.routings.machine_group_index[order[1]])
            self.queues.setdefault(group, deque()).append(order)
            self.follow(self.fill, group)

    def fill(self, group: int) -> None:
        """Free machines of a group take what waits, the lowest index first."""
        queue = self.queues.get(group, ())
        for machine in np.flatnonzero(self.network.machines.group_index == group):
            if queue and self.up[machine] and self.busy[machine] is None:
                self.begin(int(machine), queue.popleft())

    def begin(self, machine: int, order: list[int]) -> None:
        """Draw the time of the operation and start it."""
        row = order[1]
        law = self.law(self.network.routings, "duration", row)
        unit_s = self.sampler.duration_s(law, DURATION, row, order[0])
        setup_s = float(self.network.routings.setup_s[row])
        work_s = setup_s + unit_s / float(self.network.machines.speed[machine])
        self.busy[machine], self.remaining_us[machine] = (
            order,
            round(work_s * SECOND_US),
        )
        self.resume(machine)

    def resume(self, machine: int) -> None:
        """Work goes on to its end, if nothing comes between."""
        self.since_us[machine], order = self.now_us, self.busy[machine]
        if order is not None:
            end_us, epoch = (
                self.now_us + self.remaining_us[machine],
                self.epoch[machine],
            )
            key = (end_us, COMPLETES, machine, order[0] << 20 | epoch)
            self.at(key, self.end, machine, epoch)

    def end(self, machine: int, epoch: int) -> None:
        """Let the machine take the next before its order moves on."""
        order = self.busy[machine]
        if epoch == self.epoch[machine] and order is not None:
            self.epoch[machine] += 1
            self.busy[machine] = None
            self.ends.append((self.now_us, machine, order[0]))
            self.follow(self.fill, int(self.network.machines.group_index[machine]))
            self.follow(self.advance, [order[0], *order[2:]])

    def await_failure(self, machine: int, n: int) -> None:
        """Let the n-th failure come some time after the last repair."""
        law = DurationLaw(1, float(self.network.machines.mttf_s[machine]))
        at_us = self.now_us + self.sampler.duration_us(law, FAILURE, machine, n)
        self.at((at_us, FAILS, machine, n), self.fail, machine, n)

    def fail(self, machine: int, n: int) -> None:
        """Work stops and keeps what is left of it."""
        self.up[machine] = False
        self.epoch[machine] += 1
        self.remaining_us[machine] -= self.now_us - self.since_us[machine]
        law = DurationLaw(1, float(self.network.machines.mttr_s[machine]))
        down_us = max(1, self.sampler.duration_us(law, REPAIR, machine, n))
        key = (self.now_us + down_us, REPAIRED, machine, n)
        self.at(key, self.repair, machine, n)

    def repair(self, machine: int, n: int) -> None:
        """Work goes on; a machine without takes what waits."""
        self.up[machine] = True
        self.resume(machine)
        self.follow(self.fill, int(self.network.machines.group_index[machine]))
        self.await_failure(machine, n + 1)


class HeapChain(Heap):
    """Orders on lanes and customers who wait, served from stock in their order.

    `receipts` are (microseconds, lane, order of the lane, quantity) and `sales`
    (microseconds, demand, quantity).
    """

    def __init__(self, network: Network, seed: int) -> None:
        super().__init__(network, seed)
        stock = network.stock
        pairs = zip(stock.item_index.tolist(), stock.site_index.tolist(), strict=True)
        self.points = {pair: point for point, pair in enumerate(pairs)}
        self.on_hand = stock.on_hand.tolist()
        self.waiting: list[deque[list[Any]]] = [deque() for _ in self.points]
        self.n_orders = [0] * len(network.lanes.ids)
        self.receipts: list[tuple[int, int, int, float]] = []
        self.sales: list[tuple[int, int, float]] = []
        self.called: set[int] = set()
        self.source = LawDemand(network, seed)
        self.await_demand(0)

    def await_demand(self, period: int) -> None:
        """Let customers ask at the end of a period, once those who wait were served."""
        settings = self.network.settings
        end_us = settings.as_of_us + (period + 1) * settings.period_us
        self.at((end_us, ASKS, 1, period), self.ask, period)

    def ask(self, period: int) -> None:
        """Each demand queues at its stock point, in the order of the network."""
        demands = self.network.demands
        nothing = ServiceSoFar(np.zeros(len(demands.item_index)))
        for k, quantity in enumerate(self.source.draw(period, nothing).tolist()):
            if quantity > 0.0:
                pair = (int(demands.item_index[k]), int(demands.site_index[k]))
                self.waiting[self.points[pair]].append([k, quantity])
                self.serve(self.points[pair])
        self.await_demand(period + 1)

    def serve(self, point: int) -> None:
        """Give what there is to who came first."""
        self.called.discard(point)
        queue = self.waiting[point]
        while queue and self.on_hand[point] > 0.0:
            given = min(queue[0][1], self.on_hand[point])
            self.on_hand[point] -= given
            self.sales.append((self.now_us, queue[0][0], given))
            queue[0][1] -= given
            if queue[0][1] <= 1e-9:
                queue.popleft()

    def release(self, decisions: Decisions) -> None:
        """Send what there is of each order on a lane; the rest is cancelled."""
        columns = (decisions.lane, decisions.item, decisions.quantity)
        for lane, item, asked in zip(*(c.tolist() for c in columns), strict=True):
            if asked > 0.0:
                self.order(lane, item, asked)

    def order(self, lane: int, item: int, asked: float) -> None:
        """Goods leave a site as far as they are there, and arrive a lead time later."""
        lanes = self.network.lanes
        n = self.n_orders[lane] = self.n_orders[lane] + 1
        source = self.points.get((item, int(lanes.from_place_index[lane])))
        sent = asked if source is None else min(asked, self.on_hand[source])
        if sent > 0.0:
            if source is not None:
                self.on_hand[source] -= sent
            law = self.law(lanes, "lead_time", lane)
            lead_us = max(1, self.sampler.duration_us(law, LEAD_TIME, lane, n))
            target = self.points[item, int(lanes.to_place_index[lane])]
            key = (self.now_us + lead_us, COMPLETES, lane, n)
            self.at(key, self.receive, lane, n, target, sent)

    def receive(self, lane: int, n: int, target: int, quantity: float) -> None:
        """Those who wait are served once all goods of the instant are there."""
        self.receipts.append((self.now_us, lane, n, quantity))
        self.on_hand[target] += quantity
        if self.waiting[target] and target not in self.called:
            self.called.add(target)
            self.at((self.now_us, ASKS, 0, target), self.serve, target)
