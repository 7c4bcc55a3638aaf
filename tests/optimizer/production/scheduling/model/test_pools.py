"""Pools in the model: units away count no more than there are."""

from dataclasses import replace

import numpy as np

from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.model import SchedulingModel
from optimizer.production.scheduling.problem import Modes, Pools


def test_work_waits_for_units_to_come_back():
    problem = problem_of_routes([[[(0, 3)]], [[(1, 3)]]], 2)
    modes = Modes(
        operation=[0, 1], machine=[0, 1], duration=[3, 3], use_mode=[0, 1],
        use_pool=[0, 0], use_amount=[1, 1],
    )  # fmt: skip
    pools = Pools(
        capacity=[2], away_pool=[0, 0], away_start=[0, 1], away_end=[4, 6],
        away_amount=[1, 5],
    )  # fmt: skip
    made = replace(problem, modes=modes, pools=pools)
    model = SchedulingModel(made, made.horizon)
    found = []
    status = model.solve(
        time_limit_s=20.0, n_workers=1, seed=0,
        on_schedule=lambda cost, answer: found.append((cost, answer)),
        on_bound=lambda _: None,
    )  # fmt: skip
    cost, (start, _, _) = found[-1]
    assert (status, cost) == ("optimal", 9)
    assert np.all(start >= 6)
