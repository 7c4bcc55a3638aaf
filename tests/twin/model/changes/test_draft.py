import polars as pl
import pytest

from twin.model.changes.draft import Draft, row_name
from twin.model.tables import BY_NAME

LANES, STOCK = BY_NAME["lanes"], BY_NAME["stock"]


@pytest.fixture
def draft(two_echelon):
    return Draft(two_echelon(), "f.toml")


@pytest.fixture
def place(draft):
    return draft.entry("set", 1)


def texts(draft):
    return [one.text for one in draft.said]


def test_rows_are_chosen_by_all_columns_given(draft, place):
    both = draft.rows(STOCK, {"item": "tea", "site": "*"}, place)
    one = draft.rows(STOCK, {"item": "tea", "site": "shop"}, place)
    assert (both.to_list(), one.to_list()) == ([True, True], [False, True])
    assert draft.problems == []


def test_value_no_row_has_is_a_problem(draft, place):
    assert draft.rows(STOCK, {"site": "shp"}, place) is None
    assert "did you mean 'shop'?" in str(draft.problems[0])


def test_values_that_no_one_row_has_are_a_problem(draft, place):
    chosen = {"from_place": "V", "to_place": "shop"}
    assert draft.rows(LANES, chosen, place) is None
    assert str(draft.problems[0]).endswith("allowed: what a row of lanes has")


def test_scaled_cells_keep_their_type_and_are_told(draft, place):
    mask = draft.rows(STOCK, {}, place)
    draft.scale((STOCK, "on_hand", mask), 2.0, place)
    assert draft.frames["stock"]["on_hand"].to_list() == [40.0, 20.0]
    assert texts(draft) == ["stock: on_hand of tea at hub, tea at shop: x 2"]


def test_empty_cells_stay_empty_when_scaled(draft, place):
    mask = draft.rows(LANES, {}, place)
    draft.scale((LANES, "capacity_per_period", mask), 2.0, place)
    assert "a number to multiply" in str(draft.problems[0])
    frame = draft.frames["lanes"].with_columns(
        pl.Series("capacity_per_period", [None, 5.0])
    )
    draft.frames["lanes"] = frame
    draft.scale((LANES, "capacity_per_period", mask), 2.0, place)
    assert draft.frames["lanes"]["capacity_per_period"].to_list() == [None, 10.0]


def test_text_is_not_scaled(draft, place):
    mask = draft.rows(STOCK, {}, place)
    draft.scale((STOCK, "policy", mask), 2.0, place)
    assert "a column of numbers" in str(draft.problems[0])


def test_value_is_checked_as_a_cell_and_named_by_its_field(draft, place):
    mask = draft.rows(LANES, {}, place)
    draft.put((LANES, "lead_time_s", mask), -1, place, field="value_s")
    draft.put((LANES, "item", mask), "gold", place, field="value")
    number, item = map(str, draft.problems)
    assert number == "f.toml [[set]]:1: value_s: '-1'; allowed: a number >= 0"
    assert item.startswith("f.toml [[set]]:1: value: 'gold'; allowed: an item of")
    assert texts(draft) == []


def test_cell_is_emptied_and_gets_its_default(draft, place):
    mask = draft.rows(LANES, {"lane": "buy"}, place)
    draft.put((LANES, "unit_cost", mask), "", place, field="value")
    draft.put((LANES, "capacity_per_period", mask), 5, place, field="value")
    assert draft.frames["lanes"]["unit_cost"].to_list() == [0.0, 0.5]
    assert texts(draft)[1] == "lanes: capacity_per_period of buy: none to 5"


def test_rows_are_named_by_their_key(draft):
    assert row_name(STOCK, draft.frames["stock"], 1) == "tea at shop"


def test_many_rows_are_counted(two_echelon):
    lanes = [
        {"lane": f"L{k}", "from_place": "V", "to_place": "hub", "item": "tea",
         "lead_time_s": 86_400}
        for k in range(5)
    ]  # fmt: skip
    draft = Draft(two_echelon(lanes=lanes), "f.toml")
    mask = draft.rows(LANES, {}, draft.entry("set", 1))
    draft.put((LANES, "price", mask), 2, draft.entry("set", 1), field="value")
    assert texts(draft) == ["lanes: price of L0, L1, L2 and 2 more: 0 to 2"]
    assert dict(draft.said[0].parts) == {
        "table": "lanes", "rows": ["L0", "L1", "L2"], "n_more": 2, "column": "price",
        "unit": "money/unit", "before": 0.0, "after": 2.0,
    }  # fmt: skip
