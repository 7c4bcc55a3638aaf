"""The same problems for PyJobShop, and for CP-SAT with nothing of ours around it."""

import time

from optimizer.production.scheduling.check import schedule_cost
from optimizer.production.scheduling.model import SchedulingModel
from optimizer.production.scheduling.problem import NONE, Schedule, SchedulingProblem

__all__ = ["cp_sat", "pyjobshop"]


def pyjobshop(problem: SchedulingProblem, seconds: float) -> float:
    """Return PyJobShop's makespan with two workers, infinite if it finds nothing."""
    from pyjobshop import Model  # noqa: PLC0415  # a peer of the benchmarks alone

    model = Model()
    machines = [model.add_machine() for _ in range(problem.n_machines)]
    tasks = [model.add_task() for _ in range(problem.n_operations)]
    modes = problem.modes
    for row, machine, duration in zip(
        modes.operation.tolist(), modes.machine.tolist(), modes.duration.tolist(),
        strict=True,
    ):  # fmt: skip
        model.add_mode(tasks[row], machines[machine], duration)
    for before, after in zip(
        problem.arcs.before.tolist(), problem.arcs.after.tolist(), strict=True
    ):
        model.add_end_before_start(tasks[before], tasks[after])
    _add_setups(problem, model, machines, tasks)
    result = model.solve(time_limit=seconds, num_workers=2, display=False)
    return float(result.objective)


def _add_setups(problem, model, machines, tasks) -> None:
    family = problem.operations.family.tolist()
    on: list[list[int]] = [[] for _ in machines]
    for row, machine in zip(
        problem.modes.operation.tolist(), problem.modes.machine.tolist(), strict=True
    ):
        on[machine].append(row)
    for machine, matrix in enumerate(problem.machines.matrix.tolist()):
        if matrix == NONE:
            continue
        time_of = problem.setups.time[matrix]
        for one in on[machine]:
            for other in on[machine]:
                setup = int(time_of[family[one], family[other]])
                if one != other and setup:
                    model.add_setup_time(
                        machines[machine], tasks[one], tasks[other], setup
                    )


def cp_sat(problem: SchedulingProblem, seconds: float) -> float:
    """Return the cost that plain CP-SAT with two workers finds; building counts."""
    begun_s = time.perf_counter()
    model = SchedulingModel(problem, problem.horizon)
    best = [float("inf")]

    def keep(cost: int, answer: object) -> None:
        start, end, mode = answer
        found = Schedule(
            status="feasible", objective=float(cost), bound=0.0, gap=1.0,
            start=start, end=end, mode=mode,
        )  # fmt: skip
        best[0] = min(best[0], float(schedule_cost(problem, found)))

    left_s = max(seconds - (time.perf_counter() - begun_s), 0.1)
    model.solve(
        time_limit_s=left_s, n_workers=2, seed=0, on_schedule=keep,
        on_bound=lambda _: None,
    )  # fmt: skip
    return best[0]
