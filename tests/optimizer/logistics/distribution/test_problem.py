import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.distribution import ReplenishmentProblem


def test_network_empty_entries_take_their_defaults(shop):
    network = shop(shortage_cost=np.empty(0))
    assert network.terminal_value.tolist() == [0.0]
    assert network.input_start.tolist() == [0, 0]
    assert network.capacity_index.tolist() == [-1]
    assert network.order_upper.tolist() == [np.inf]
    assert network.shortage_cost.tolist() == [0.0]
    assert network.backlogged.tolist() == [True]


def test_network_arrays_are_copies_and_read_only(shop):
    price = np.array([5.0])
    network = shop(price=price)
    price[0] = 9.0
    assert network.price[0] == 5.0
    with pytest.raises(ValueError, match="read-only"):
        network.price[0] = 9.0


def test_network_key_is_equal_only_for_equal_networks(shop):
    assert shop().key == shop().key
    changes = [
        {"price": np.array([5.1])},
        {"lead_periods": np.array([2])},
        {"backlogged": np.array([False])},
        {"n_capacities": 1},
        {"order_upper": np.array([7.0])},
    ]
    keys = {shop().key} | {shop(**change).key for change in changes}
    assert len(keys) == 1 + len(changes)


def test_network_input_activity_repeats_an_activity_for_each_input(divergent):
    network = divergent(backlogged=True)
    assert network.input_activity.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert (network.n_points, network.n_activities, network.n_demands) == (6, 11, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"holding_cost": np.array([np.nan])}, r"holding_cost\[0\] must be finite, wa"),
        ({"output_point": np.array([1])}, r"output_point\[0\] must be in 0..0, was 1"),
        ({"output_point": np.array([0.0])}, "output_point must be an array of integ"),
        ({"lead_periods": np.array([-1])}, r"lead_periods\[0\] must be >= 0, was -1"),
        ({"unit_cost": np.ones(2)}, r"unit_cost must have shape \(1,\), had \(2,\)"),
        ({"unit_cost": ["a"]}, "unit_cost must be an array of numbers"),
        ({"n_capacities": -1}, "n_capacities must be >= 0, was -1"),
        ({"capacity_index": np.array([0])}, r"capacity_index\[0\] must be in -1..-1"),
        ({"order_upper": np.array([-1.0])}, r"order_upper\[0\] must be >= 0, was -1"),
        ({"order_upper": np.array([np.nan])}, r"order_upper\[0\] must be >= 0, was na"),
        ({"input_start": np.array([1, 0])}, r"input_start\[0\] must begin with 0, was"),
        ({"input_start": np.array([0, 1])}, r"input_start\[0\] must end with 0, was 1"),
        ({"backlogged": np.array([1])}, "backlogged must be an array of bool, was int"),
    ],
)
def test_network_entry_not_allowed_is_named_with_its_value(shop, change, message):
    with pytest.raises(ProblemError, match=f"^{message}"):
        shop(**change)


def test_network_input_usage_of_zero_is_refused(shop):
    with pytest.raises(ProblemError, match=r"input_usage\[0\] must be > 0, was 0\.0"):
        shop(
            input_start=np.array([0, 1]),
            input_point=np.array([0]),
            input_usage=np.zeros(1),
        )


def test_problem_empty_entries_take_their_defaults(shop):
    problem = ReplenishmentProblem(
        network=shop(n_capacities=1), stock=np.ones(1), demand=np.ones((1, 3))
    )
    assert problem.n_periods == 3
    assert problem.arrivals.tolist() == [[0.0], [0.0], [0.0]]
    assert problem.backlog.tolist() == [0.0]
    assert problem.capacity.tolist() == [[np.inf] * 3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"demand": np.ones(3)}, r"demand must have shape \(n_demands, n_periods\)"),
        ({"demand": np.ones((1, 0))}, r"demand must have .* n_periods >= 1, had \(1, "),
        ({"demand": -np.ones((1, 3))}, r"demand\[0, 0\] must be >= 0, was -1\.0"),
        ({"stock": np.array([np.inf])}, r"stock\[0\] must be finite, was inf"),
        ({"arrivals": np.ones((1, 3))}, r"arrivals must have shape \(3, 1\), had"),
        ({"backlog": np.ones(1)}, r"backlog\[0\] must be 0 where demand is not backl"),
    ],
)
def test_problem_entry_not_allowed_is_named_with_its_value(shop, change, message):
    entries = {"stock": np.ones(1), "demand": np.ones((1, 3))} | change
    network = shop(backlogged=np.array([False]))
    with pytest.raises(ProblemError, match=f"^{message}"):
        ReplenishmentProblem(network=network, **entries)
