"""The queue of `workloads.shops` as users of Ciw and of cimba write it.

Both draw from generators of their own: what they answer is compared with queueing
theory, and not with our orders.
"""

from functools import cache
from typing import Any

from benchmarks.workloads.shops import QUEUE_INTERVAL_S, QUEUE_WORK_S

RHO = QUEUE_WORK_S / QUEUE_INTERVAL_S
MEAN_QUEUE = RHO * RHO / (1.0 - RHO)
"""Orders that wait in M/M/1 (Gross, Harris 1998, equation 2.14)."""


def ciw_mean_queue(n_orders: int, seed: int) -> float:
    """Serve orders, and return how many waited on average, by Little's law."""
    import ciw  # noqa: PLC0415 - a peer

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(1.0 / QUEUE_INTERVAL_S)],
        service_distributions=[ciw.dists.Exponential(1.0 / QUEUE_WORK_S)],
        number_of_servers=[1],
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(n_orders, method="Finish")
    records = simulation.get_all_records()
    waits = sum(record.waiting_time for record in records)
    return float(waits / len(records) / QUEUE_INTERVAL_S)


def cimba_mean_queue(n_orders: int, seed: int) -> float:
    """Serve about so many orders, and return how many waited on average."""
    import cimba  # noqa: PLC0415 - a peer

    model = _cimba_model()
    window = cimba.Window(warmup=0, duration=n_orders * QUEUE_INTERVAL_S)
    experiment = cimba.Experiment(model, replications=1, window=window, seed=seed)
    return float(experiment.run(workers=1)[model].mean_queue.values[0, 0])


@cache
def _cimba_model() -> Any:
    import cimba  # noqa: PLC0415 - a peer
    from cimba import inputs  # noqa: PLC0415

    class Queue(cimba.Model):
        interval: cimba.Input[float] = inputs.dist.exponential(mean=QUEUE_INTERVAL_S)
        work: cimba.Input[float] = inputs.dist.exponential(mean=QUEUE_WORK_S)
        waiting: cimba.Container
        mean_queue: cimba.Output[float]

        @cimba.process
        def arrivals(self) -> None:
            while True:
                cimba.hold(self.interval.next())
                self.waiting.put(1)

        @cimba.process
        def server(self) -> None:
            while True:
                self.waiting.get(1)
                cimba.hold(self.work.next())

        @cimba.on_end
        def measure(self) -> None:
            self.mean_queue = self.waiting.mean_level()

    return Queue()
