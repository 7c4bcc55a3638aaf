import pytest

from twin.errors import NetworkError
from twin.model import build, load


@pytest.fixture
def found(tables, settings):
    """Build, and return the one problem as (file, row, column, value, allowed)."""

    def find():
        with pytest.raises(NetworkError) as caught:
            build(tables, settings)
        (problem,) = caught.value.problems
        return problem

    return find


def at(problem):
    return problem.file, problem.row, problem.column, problem.value


def test_lane_to_itself_is_named(tables, found):
    tables["lanes"][1]["to_place"] = "P"
    assert at(found()) == ("lanes", 2, "to_place", "P")


def test_shift_over_midnight_is_named(tables, found):
    tables["calendars"][1] |= {"start": "22:00", "end": "06:00"}
    assert at(found()) == ("calendars", 2, "end", "06:00")


def test_overlapping_shifts_are_named(tables, found):
    tables["calendars"].append(
        {"calendar": "day", "weekday": "monday", "start": "13:59", "end": "14:00"}
    )
    problem = found()
    assert at(problem) == ("calendars", 3, "start", "13:59") or at(problem) == (
        "calendars", 2, "start", "14:00",
    )  # fmt: skip
    assert "14:00" in problem.allowed


def test_shift_inside_a_long_one_is_named(tables, found):
    tables["calendars"] = [
        {"calendar": "day", "weekday": "monday", "start": start, "end": end}
        for start, end in [("00:00", "24:00"), ("01:00", "02:00")]
    ]
    assert at(found()) == ("calendars", 2, "start", "01:00")


@pytest.mark.parametrize(
    ("law", "cv"),
    [("constant", 0.1), ("exponential", 0.5), ("uniform", 0.6), ("weibull", 101)],
)
def test_law_that_cannot_vary_so_is_named(tables, found, law, cv):
    tables["routings"][1] |= {"duration_law": law, "duration_cv": cv}
    assert at(found()) == ("routings", 2, "duration_cv", f"{cv:g}")


def test_observed_law_of_zeros_is_named(tables, found):
    tables["laws"] = [{"law": "late", "factor": 0.0}]
    assert at(found()) == ("laws", 1, "factor", "late")


def test_profile_with_a_gap_is_named(tables, found):
    del tables["profiles"][2]
    assert at(found()) == ("profiles", 1, "step", "week: 1, 2, 4, 5, 6, 7")


def test_profile_of_the_other_period_is_named(tables, found):
    demand = tables["demands"][0]
    demand["yearly_profile"] = demand.pop("weekly_profile")
    assert at(found()) == ("demands", 1, "yearly_profile", "week")


@pytest.mark.parametrize(
    "case",
    [
        ("base_stock", {}, "order_up_to"),
        ("s_S", {"reorder_point": 3}, "order_up_to"),
        ("r_Q", {"reorder_point": 3}, "order_quantity"),
    ],
)
def test_policy_without_its_parameter_is_named(tables, found, case):
    policy, given, missing = case
    tables["stock"][1] |= {"policy": policy, **given}
    assert at(found()) == ("stock", 2, missing, None)


def test_order_up_to_below_reorder_point_is_named(tables, found):
    tables["stock"][1] |= {"policy": "s_S", "reorder_point": 9, "order_up_to": 8}
    assert at(found()) == ("stock", 2, "order_up_to", "8")


def test_operation_without_machines_is_named(tables, found):
    tables["routings"][0]["machine_group"] = "boiling"
    problem = found()
    assert at(problem) == ("routings", 1, "machine_group", "boiling")
    assert "filling, packing" in problem.allowed


def test_operation_at_a_site_without_its_machines_is_named(tables, found):
    for row in tables["routings"]:
        row["site"] = "P"
    tables["routings"][1]["site"] = "D"
    tables["routings"][1]["step"] = 10
    assert at(found()) == ("routings", 2, "machine_group", "packing")


def test_item_without_source_is_named(tables, found):
    tables["lanes"][0]["item"] = "leaf"
    tables["open_orders"] = []
    assert at(found()) == ("items", 3, "item", "bag")


def test_transfer_from_nowhere_is_named(tables, found):
    tables["open_orders"][0] |= {"kind": "transfer", "from_place": None}
    assert at(found()) == ("open_orders", 1, "from_place", None)


def test_all_problems_of_all_files_come_at_once(tables, settings, write_csv, tmp_path):
    tables["sites"][0]["kind"] = "plnt"
    tables["items"][1]["unit_cost"] = -1
    tables["bills"][1]["component"] = "bga"
    tables["lanes"][1]["to_place"] = "P"
    tables["calendars"][1]["start"] = "13:00"
    tables["stock"].append(tables["stock"][0])
    tables["demands"][0]["maen_per_day"] = 3
    folder = write_csv(tmp_path, tables, settings)
    (folder / "machines.csv").write_bytes(b"machine,site,group\nM\xff,P,g\n")
    with pytest.raises(NetworkError) as caught:
        load(folder)
    # Line 1 is a comment and line 2 the header.
    places = [(p.file, p.row, p.column) for p in caught.value.problems]
    assert places == [
        ("sites.csv", 3, "kind"),
        ("items.csv", 4, "unit_cost"),
        ("bills.csv", 4, "component"),
        ("machines.csv", 2, None),
        ("calendars.csv", 4, "start"),
        ("lanes.csv", 4, "to_place"),
        ("demands.csv", None, "maen_per_day"),
        ("stock.csv", 5, "item, site"),
    ]
    assert len(str(caught.value).splitlines()) == 9


def test_item_that_comes_out_of_another_has_a_source(tables, settings):
    tables["lanes"][0]["item"] = "leaf"
    tables["open_orders"] = []
    tables["outputs"] = [{"item": "tea", "product": "bag", "quantity": 1}]
    network = build(tables, settings)
    assert network.outputs.product_index.tolist() == [network.item_index["bag"]]
