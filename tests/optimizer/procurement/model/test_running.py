import signal

import pytest
from ortools.math_opt.python import mathopt

from optimizer.procurement.model import running


@pytest.fixture
def lonely():
    model = mathopt.Model()
    column = model.add_integer_variable(lb=0, ub=9)
    model.maximize(column)
    return model


def test_a_model_is_solved(lonely):
    result = running.solved(lonely, seconds=5.0)
    assert result.objective_value() == 9.0


def test_a_signal_that_the_solver_took_is_handed_on(lonely, monkeypatch):
    real = mathopt.solve
    heard = []

    def interrupted(*args, **options):
        result = real(*args, **options)
        result.termination.limit = mathopt.Limit.INTERRUPTED
        return result

    monkeypatch.setattr(mathopt, "solve", interrupted)
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        running.solved(lonely, seconds=5.0)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [1]
