import numpy as np
import pytest

from twin.simulate.replicate.tasks import Failure, perform


def test_replications_are_run_up_to_the_first_failure():
    seen = []

    def run(seed):
        seen.append(seed)
        return {"inverse": 1 / seed}

    first, second = perform(run, [4, 0, 2])
    assert first == {"inverse": 0.25}
    assert isinstance(second, Failure)
    assert second.reason == "ZeroDivisionError: division by zero"
    assert "1 / seed" in second.trace
    assert seen == [4, 0]


@pytest.mark.parametrize("bad", ["3", None, float("inf"), -np.inf])
def test_measure_that_is_no_finite_number_is_a_failure(bad):
    [outcome] = perform(lambda _: {"cost": bad}, [1])
    assert f"'cost' must be a finite number or NaN, was {bad!r}" in outcome.reason


def test_numbers_of_numpy_become_plain_ones():
    [outcome] = perform(lambda _: {"a": np.int64(2), "b": np.float32(0.5)}, [1])
    assert outcome == {"a": 2.0, "b": 0.5}
    assert {type(value) for value in outcome.values()} == {float}


def test_interrupt_is_no_failure():
    def run(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(run, [1])
