import pytest

from twin.errors import NetworkError
from twin.model import build


@pytest.fixture
def found(full_tables, settings):
    """Build, and return the one problem there is."""

    def find():
        with pytest.raises(NetworkError) as caught:
            build(full_tables, settings)
        (problem,) = caught.value.problems
        return problem

    return find


def at(problem):
    return problem.file, problem.row, problem.column, problem.value


@pytest.mark.parametrize(
    "case",
    [
        ("routings", 0, "batch_max", 1, "at least batch_min, 2"),
        ("routings", 1, "rework_step", None, "up to 20: rework_rate is 0.1"),
        ("routings", 1, "rework_step", 15, "up to 20: 10, 20"),
        ("routings", 0, "rework_step", 20, "up to 10: 10"),
        ("routings", 0, "operator_pool", "nozzle", "a pool of kind operator"),
        ("routings", 0, "tool_pool", "crew", "a pool of kind tool"),
        ("routings", 0, "operators", 4, "at most 3, the size of pool 'crew'"),
        ("routings", 0, "operator_pool", "crow", "did you mean 'crew'"),
        ("routings", 0, "setup_family", "*", "an id"),
        ("routings", 0, "sampling_rate", 0, "above 0 to 1"),
        ("routings", 1, "rework_rate", 1, "from 0 to 0.99"),
        ("groups", 0, "group", "boiling", "filling, packing"),
        ("groups", 0, "rule", "edf", "did you mean 'edd'"),
        ("groups", 1, "capacity", -1, "a whole number >= 0"),
        ("setups", 0, "group", "boiling", "filling, packing"),
        ("setups", 0, "to_family", None, "an id or '*'"),
        ("pools", 0, "size", 1.5, "a whole number >= 1"),
        ("pools", 0, "kind", "people", "operator, tool"),
        ("machines", 0, "failure_law", "weibul", "did you mean 'weibull'"),
        ("machines", 0, "failure_cv", 1e-4, "0, or a number from 0.001 to 100"),
        ("machines", 1, "repair_cv", 0.5, "1 or empty for an exponential law"),
        ("machines", 0, "on_failure", "stop", "resume, restart, scrap"),
        ("suppliers", 0, "mttf_s", 0, "a number > 0"),
        ("sites", 0, "tariff", "nights", "did you mean 'night'"),
        ("releases", 0, "item", "leaf", "a routing or a bill that holds at 'P'"),
        ("releases", 0, "interval_s", None, "a number > 0"),
        ("releases", 0, "interval_cv", 0.2, "1 or empty for an exponential law"),
        ("tariffs", 0, "start", "24:00", "before 24:00"),
        ("outputs", 0, "item", "leaf", "a routing or a bill of its own"),
        ("outputs", 0, "quantity", 0, "0 is for the item itself"),
        ("stock", 0, "allocation", "fair", "fifo, priority, proportional"),
        ("demands", 0, "split", "maybe", "yes or no"),
        ("demands", 0, "backlogged", "no", "yes: tea is made when it is ordered"),
        ("items", 0, "strategy", "make_to_ship", "assemble_to_order"),
        ("items", 1, "strategy", "make_to_order", "leaf has no routing and no bill"),
        ("items", 0, "order_batch_min", 0, "a whole number >= 1"),
    ],
)
def test_wrong_cell_is_named(full_tables, found, case):
    table, row, column, value, words = case
    full_tables[table][row][column] = value
    problem = found()
    shown = None if value is None else str(value)
    assert at(problem) == (table, row + 1, column, shown)
    assert words in problem.allowed


def test_pool_at_another_site_is_named(full_tables, found):
    for row in full_tables["routings"]:
        row["site"] = "P"
    full_tables["pools"][0]["site"] = "D"
    problem = found()
    assert at(problem) == ("routings", 1, "operator_pool", "crew")
    assert problem.allowed == "a pool at site 'P'; this one is at 'D'"


def test_group_without_a_machine_at_its_site_is_named(full_tables, found):
    full_tables["groups"][1]["site"] = "D"
    problem = found()
    assert at(problem) == ("groups", 2, "group", "packing")
    assert "a machine at site 'D'" in problem.allowed


def test_release_where_the_item_is_not_made_is_named(full_tables, found):
    full_tables["releases"][0]["site"] = "D"
    problem = found()
    assert at(problem) == ("releases", 1, "item", "tea")
    assert problem.allowed == "an item with a routing or a bill that holds at 'D'"


def test_release_of_an_item_with_a_bill_alone_is_made_at_any_plant(
    full_tables, settings
):
    full_tables["bills"].append({"item": "box", "component": "bag", "quantity": 1})
    full_tables["items"].append({"item": "box"})
    full_tables["releases"][0]["item"] = "box"
    network = build(full_tables, settings)
    assert network.releases.item_index.tolist() == [network.item_index["box"]]


@pytest.mark.parametrize(
    "change",
    [
        {"interval_s": 60, "priority": 0},
        {"interval_law": "constant", "share": 3},
        {"first_s": None, "due_s": 5},
    ],
)
def test_rows_of_a_release_that_disagree_are_named(full_tables, found, change):
    column, value = next(iter(change.items()))
    full_tables["items"].append({"item": "herb"})
    full_tables["bills"].append({"item": "herb", "component": "bag", "quantity": 1})
    first = full_tables["releases"][0]
    full_tables["releases"].append(first | {"item": "herb"} | change)
    problem = found()
    shown = None if value is None else str(value)
    assert at(problem) == ("releases", 2, column, shown)
    assert "as row 1 of the release" in problem.allowed


def test_unknown_names_have_one_problem(full_tables, found):
    full_tables["releases"][0]["item"] = "te"
    assert "did you mean 'tea'" in found().allowed


def test_output_of_the_item_itself_may_be_nothing(full_tables, settings):
    full_tables["outputs"].append({"item": "tea", "product": "tea", "quantity": 0})
    outputs = build(full_tables, settings).outputs
    assert sorted(outputs.quantity.tolist()) == [0.0, 0.02]


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        (
            {"kind": "production", "item": "tea", "step": 15},
            "a step of the routing: 10, 20",
        ),
        ({"step": 10}, "nothing for a purchase order"),
    ],
)
def test_step_that_an_order_cannot_go_on_with_is_named(
    full_tables, found, change, allowed
):
    full_tables["open_orders"][0] |= change
    problem = found()
    assert at(problem) == ("open_orders", 1, "step", str(change["step"]))
    assert problem.allowed == allowed
