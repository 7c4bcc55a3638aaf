import json

import pytest

from optimizer.errors import ProblemError
from optimizer.procurement import read_purchases

GOOD = {
    "period_days": 7, "interest_rate": 0.05,
    "items": [{"name": "bolt", "needs": [4, 6], "shortage_cost": 3}],
    "suppliers": [{"name": "far", "capacity": [9, 9], "payment_days": 30}],
    "offers": [
        {"item": "bolt", "supplier": "far", "price": 2, "multiple": 2,
         "lateness": {"periods": [0, 1], "probability": [0.8, 0.2]}},
    ],
    "open_orders": [{"item": "bolt", "period": 0, "quantity": 3}],
}  # fmt: skip


@pytest.fixture
def written(tmp_path):
    def write(given):
        path = tmp_path / "buy.json"
        path.write_text(json.dumps(given))
        return path

    return write


@pytest.mark.parametrize("text", ["", "{}", "[]", "3"])
def test_an_empty_file_is_told_what_it_must_be(tmp_path, text):
    path = tmp_path / "buy.json"
    path.write_text(text)
    said = "an object with lists of items, suppliers and offers"
    with pytest.raises(ProblemError, match=said):
        read_purchases(path)


def test_all_parts_are_read(written):
    problem = read_purchases(written(GOOD))
    assert problem.offers[0].prices[0].price == 2.0
    assert problem.offers[0].lateness.late == pytest.approx(0.2)
    assert problem.suppliers[0].capacity == (9.0, 9.0)
    assert problem.open_orders[0].quantity == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"item": []}, "'item' is not known"),
        (
            {"offers": [{"item": "bolt", "price": 1}]},
            r"offers\[0\] \(bolt\): 'supplier'",
        ),
        ({"offers": [{"item": "bolt", "supplier": "far"}]}, "one of price and prices"),
        (
            {"offers": [{"item": "nut", "supplier": "far", "price": 1}]},
            "buy.json: offer of nut from far: item 'nut' is not there",
        ),
        (
            {"offers": [GOOD["offers"][0] | {"lateness": {"periods": [0, 1]}}]},
            r"offers\[0\] \(bolt from far\): lateness: periods and probability",
        ),
        (
            {"offers": [GOOD["offers"][0] | {"lateness": {"periods": [1.5]}}]},
            "periods must be a whole number, was 1.5",
        ),
        ({"offers": [GOOD["offers"][0] | {"price": "2"}]}, 'must be a number, was "2"'),
        ({"open_orders": [3]}, r"open_orders\[0\]: open order: must be an object"),
        ({"items": {}}, "has no items; it must be an object with lists"),
        ({"period_days": "week"}, 'period_days must be a number, was "week"'),
        ({"items": [{"name": "bolt"}]}, "'needs' is missing"),
        ({"suppliers": [{"name": "far", "colour": 1}]}, "'colour' is not known"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written, change, said):
    with pytest.raises(ProblemError, match=said):
        read_purchases(written(GOOD | change))
