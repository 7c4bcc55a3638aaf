"""A queue and a job shop: in the model format, and as SimPy users write them.

The SimPy models draw with the scalar samplers of the product, so that the same orders
are closed at the same microseconds, and answers can be compared.
"""

from collections.abc import Generator

import numpy as np
import simpy

from twin.model.laws import EXPONENTIAL
from twin.model.network import Network, build
from twin.simulate._kernels.random import formula_draw, u01
from twin.simulate.random import ARRIVAL, DURATION, FAILURE, MIX, REPAIR

AS_OF = "2024-01-01T00:00:00Z"
N_ITEMS = 100
N_MACHINES = 10
INTERVAL_S, WORK_S, MTTF_S, MTTR_S = 12.0, 10.0, 300.0, 30.0
QUEUE_INTERVAL_S, QUEUE_WORK_S = 1.25, 1.0
SECOND_US = 1_000_000

Events = Generator[simpy.Event, object, None]


def job_shop(*, faster: float = 1.0) -> Network:
    """Lay out ten machines with breakdowns; each item has a random route over all.

    Parameters
    ----------
    faster : float
        Speed of machine 3.
    """
    rng = np.random.default_rng(1)
    machines = [
        {"machine": f"m{k}", "site": "P", "group": f"g{k}", "mttf_s": MTTF_S,
         "mttr_s": MTTR_S, "speed": faster if k == 3 else 1.0}
        for k in range(N_MACHINES)
    ]  # fmt: skip
    items = [f"i{k:03}" for k in range(N_ITEMS)]
    routings = [
        {"item": item, "site": "P", "step": step, "operation": f"o{group}",
         "machine_group": f"g{group}", "duration_s": WORK_S,
         "duration_law": "exponential"}
        for item in items
        for step, group in enumerate(rng.permutation(N_MACHINES).tolist())
    ]  # fmt: skip
    return _network("shop", items, machines, routings, interval_s=INTERVAL_S)


def queue() -> Network:
    """Lay out one server with exponential arrivals and work, 80 % busy."""
    machines = [{"machine": "m", "site": "P", "group": "g"}]
    routing = {
        "item": "x", "site": "P", "step": 0, "operation": "o", "machine_group": "g",
        "duration_s": QUEUE_WORK_S, "duration_law": "exponential",
    }  # fmt: skip
    return _network("queue", ["x"], machines, [routing], interval_s=QUEUE_INTERVAL_S)


def _network(
    name: str,
    items: list[str],
    machines: list[dict[str, object]],
    routings: list[dict[str, object]],
    *,
    interval_s: float,
) -> Network:
    releases = [
        {"release": "R", "item": item, "site": "P", "interval_s": interval_s,
         "interval_law": "exponential"}
        for item in items
    ]  # fmt: skip
    tables = {
        "sites": [{"site": "P", "kind": "plant"}],
        "items": [{"item": item} for item in items],
        "machines": machines,
        "routings": routings,
        "releases": releases,
    }
    # Demand and reviews, of which there are none, are put off as far as possible.
    far = {"period_s": 1e9, "review_s": 1e9, "horizon_periods": 1}
    return build(tables, {"name": name, "as_of": AS_OF, **far})


def _draw_us(seed: int, stream: int, entity: int, n: int, *, mean_s: float) -> int:
    drawn_s = formula_draw(seed, stream, entity, n, EXPONENTIAL, mean_s, 0.0, 0.0)
    return round(drawn_s * SECOND_US)


def simpy_queue(seed: int, until_us: int) -> list[int]:
    """Play the queue with `simpy.Resource`; return when orders were closed.

    Parameters
    ----------
    seed : int
        Of all draws.
    until_us : int
        End, microseconds from the start.
    """
    env = simpy.Environment()
    server, closed = simpy.Resource(env, 1), []

    def customer(n: int) -> Events:
        with server.request() as request:
            yield request
            yield env.timeout(_draw_us(seed, DURATION, 0, n, mean_s=QUEUE_WORK_S))
        closed.append(env.now)

    def source() -> Events:
        n = 0
        while True:
            yield env.timeout(_draw_us(seed, ARRIVAL, 0, n, mean_s=QUEUE_INTERVAL_S))
            n += 1
            env.process(customer(n))

    env.process(source())
    env.run(until=until_us + 1)
    return closed


def simpy_shop(network: Network, seed: int, until_us: int) -> list[int]:
    """Play the job shop with `simpy.PreemptiveResource`, a process an order.

    Parameters
    ----------
    network : Network
        `job_shop()`.
    seed : int
        Of all draws.
    until_us : int
        End, microseconds from the start.
    """
    env, closed = simpy.Environment(), []
    machines = [simpy.PreemptiveResource(env, 1) for _ in range(N_MACHINES)]
    groups = network.routings.machine_group_index.reshape(N_ITEMS, -1).tolist()

    def order(n: int, item: int) -> Events:
        for step, group in enumerate(groups[item]):
            row = item * N_MACHINES + step
            yield from _operation(env, machines[group], seed=seed, row=row, n=n)
        closed.append(env.now)

    def source() -> Events:
        n = 0
        while True:
            yield env.timeout(_draw_us(seed, ARRIVAL, 0, n, mean_s=INTERVAL_S))
            item = min(int(u01(seed, MIX, 0, n) * N_ITEMS), N_ITEMS - 1)
            n += 1
            env.process(order(n, item))

    for number, machine in enumerate(machines):
        env.process(_breakdowns(env, machine, seed, number))
    env.process(source())
    env.run(until=until_us + 1)
    return closed


def _operation(
    env: simpy.Environment, machine: simpy.PreemptiveResource,
    *, seed: int, row: int, n: int,
) -> Events:  # fmt: skip
    left_us, priority = -1, 1.0
    while left_us != 0:
        with machine.request(priority=priority, preempt=False) as request:
            yield request
            if left_us < 0:
                left_us = _draw_us(seed, DURATION, row, n, mean_s=WORK_S)
            begun_us = env.now
            try:
                yield env.timeout(left_us)
                left_us = 0
            except simpy.Interrupt:
                # Who was interrupted goes on before those that wait.
                left_us -= env.now - begun_us
                priority = 0.5


def _breakdowns(
    env: simpy.Environment, machine: simpy.PreemptiveResource, seed: int, number: int
) -> Events:
    n = 0
    while True:
        yield env.timeout(_draw_us(seed, FAILURE, number, n, mean_s=MTTF_S))
        with machine.request(priority=0, preempt=True) as request:
            yield request
            yield env.timeout(_draw_us(seed, REPAIR, number, n, mean_s=MTTR_S))
        n += 1
